import fc from 'fast-check';
import { Gate } from '../dist/gate';
import { CRITICAL, LEVELS, type Level } from '../dist/level';
import type { Limit } from '../dist/limit';
import type { Refusal } from '../dist/visit';
import { CODEL } from '../dist/waiting-queue';
import { now, TestVisit } from './visits';

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => jest.useRealTimers());

const RESERVED = 0.2;

interface Setting {
  readonly slots: number;
  readonly maxWaiting: number | undefined;
  readonly isPatient: boolean;
}

/** A visit that looks, when it is told something, whether that may be. */
class WatchedVisit extends TestVisit {
  constructor(
    level: Level,
    readonly model: GateModel,
  ) {
    super(level, now());
  }

  override settle(refusal?: Refusal): void {
    super.settle(refusal);
    expect([this.told.length, this.state]).toEqual([1, refusal ? 'over' : 'running']);
    if (refusal === undefined) this.model.expectSlotFor(this);
  }
}

/** A gate, and what has to be true of it whatever happens. */
class GateModel {
  readonly limit: Limit & { value: number };
  readonly gate: Gate;
  readonly visits: WatchedVisit[] = [];
  readonly #patience;
  readonly #maxWaiting: number | undefined;
  #mostSlots: number;
  #isChanged = false;

  constructor({ slots, maxWaiting, isPatient }: Setting) {
    this.limit = { value: slots, intervalMs: 100, update() {} };
    this.#mostSlots = slots;
    this.#maxWaiting = maxWaiting;
    this.#patience = isPatient ? { usualMs: 400, standingMs: 400 } : CODEL;
    this.gate = new Gate({
      limit: this.limit,
      patience: this.#patience,
      maxWaiting,
      reserved: RESERVED,
      now,
    });
  }

  come(level: Level): void {
    const visit = new WatchedVisit(level, this);
    this.visits.push(visit);
    if (this.gate.enter(visit, now())) return this.expectSlotFor(visit);
    const waits = this.gate.wait(visit, now());
    expect(visit.state).toBe(waits ? 'waiting' : 'over');
    if (waits) expect(this.gate.waiting - 1).toBeLessThan(this.#maxWaiting ?? this.limit.value);
  }

  /** A slot was free before it took it. */
  expectSlotFor(visit: TestVisit): void {
    const { value } = this.limit;
    const slots = visit.level === CRITICAL ? value + Math.ceil(value * RESERVED) : value;
    expect(this.gate.running - 1).toBeLessThan(slots);
  }

  setLimit(value: number): void {
    this.limit.value = value;
    this.#isChanged = true;
    this.#mostSlots = Math.max(this.#mostSlots, value);
  }

  expectInvariants(): void {
    const count = (state: TestVisit['state']) => this.visits.filter((visit) => visit.state === state).length;
    expect([this.gate.running, this.gate.waiting]).toEqual([count('running'), count('waiting')]);
    expect(this.gate.isEmpty).toBe(count('running') + count('waiting') + count('idle') === 0);
    expect(this.gate.waiting - 1).toBeLessThan(this.#maxWaiting ?? this.#mostSlots);
    // Slots that the test itself has added are given once somebody leaves.
    if (this.gate.waiting > 0 && !this.#isChanged)
      expect(this.gate.running).toBeGreaterThanOrEqual(this.limit.value);
  }

  /** Nobody waits any more who has no patience left; the clock must not have jumped. */
  expectNobodyLate(): void {
    const late = this.visits.filter(
      ({ state, sinceMs }) => state === 'waiting' && now() - sinceMs >= this.#patience.usualMs,
    );
    expect(late).toEqual([]);
  }
}

type Step = (model: GateModel) => void;

const pick = (model: GateModel, i: number, use: (visit: WatchedVisit) => void): void => {
  const { visits } = model;
  if (visits.length > 0) use(visits[i % visits.length]!);
};

const any = fc.nat(1_000);

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(...LEVELS).map(
        (level): Step =>
          (model) =>
            model.come(level),
      ),
    },
    {
      weight: 5,
      arbitrary: any.map(
        (i): Step =>
          (model) =>
            pick(model, i, (visit) => model.gate.leave(visit, now())),
      ),
    },
    {
      weight: 2,
      arbitrary: any.map(
        (i): Step =>
          (model) =>
            pick(model, i, (visit) => model.gate.release(visit, now())),
      ),
    },
    {
      weight: 2,
      arbitrary: any.map(
        (i): Step =>
          (model) =>
            pick(model, i, (visit) => model.gate.retake(visit, now())),
      ),
    },
    {
      weight: 1,
      arbitrary: any.map(
        (i): Step =>
          (model) =>
            pick(model, i, (visit) => {
              visit.done = true;
            }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.integer({ min: 1, max: 60 }).map(
        (ms): Step =>
          (model) => {
            jest.advanceTimersByTime(ms);
            model.expectNobodyLate();
          },
      ),
    },
  ),
  { maxLength: 80 },
);

const setting: fc.Arbitrary<Setting> = fc.record({
  slots: fc.integer({ min: 1, max: 6 }),
  maxWaiting: fc.option(fc.nat(8), { nil: undefined }),
  isPatient: fc.boolean(),
});

/** Everybody goes, and nothing is left. */
function expectNothingLeft(model: GateModel): void {
  for (const visit of model.visits) model.gate.leave(visit, now());
  model.expectInvariants();
  expect(model.gate.isEmpty).toBe(true);
  jest.advanceTimersByTime(1_000);
  expect(jest.getTimerCount()).toBe(0);
}

it('a gate keeps its word, whoever comes, leaves, gives back or takes back, and when', () => {
  fc.assert(
    fc.property(setting, steps, (setting, steps) => {
      const model = new GateModel(setting);
      for (const step of steps) {
        step(model);
        model.expectInvariants();
      }
      expectNothingLeft(model);
    }),
    { numRuns: 400 },
  );
});

it('and whatever becomes of its limit and its clock', () => {
  const turmoil: fc.Arbitrary<Step> = fc.oneof(
    fc.double({ min: 1, max: 8, noNaN: true }).map(
      (value): Step =>
        (model) =>
          model.setLimit(value),
    ),
    fc.integer({ min: -4_000_000, max: 4_000_000 }).map(
      (ms): Step =>
        () =>
          void jest.setSystemTime(Math.max(0, now() + ms)),
    ),
  );
  const phases = fc.array(fc.tuple(turmoil, steps), { maxLength: 6 });
  fc.assert(
    fc.property(setting, phases, (setting, phases) => {
      const model = new GateModel(setting);
      jest.spyOn(model, 'expectNobodyLate').mockReturnValue();
      for (const [change, steps] of phases) {
        change(model);
        for (const step of steps) {
          step(model);
          model.expectInvariants();
        }
      }
      expectNothingLeft(model);
    }),
    { numRuns: 200 },
  );
});
