/** How loaded the process is, and who says so. */
export interface Load {
  /** 0 idle to 1 saturated. */
  readonly level: number;
  readonly reason: string;
}

const IDLE: Load = { level: 0, reason: 'no source reports load' };

/** One signal for the whole process, also where two copies of this package are installed. */
const registry = globalThis as { [key: symbol]: Map<string, Load> | undefined };
const REPORTS = Symbol.for('spillway.load.v1');
registry[REPORTS] ??= new Map();
const reports = registry[REPORTS];

/** The load signal of the process: any package reports to it, any other lowers its effort by it. */
export const load = {
  /**
   * Says how loaded a source is; its last word counts until its next one. Level 0 takes the source back.
   * @param level 0 to 1.
   * @throws {RangeError} where level is no number from 0 to 1.
   */
  report(source: string, level: number, reason: string): void {
    if (!Number.isFinite(level) || level < 0 || level > 1)
      throw new RangeError(`level must be a number from 0 to 1, got ${level}`);
    if (level === 0) reports.delete(source);
    else reports.set(source, { level, reason });
  },

  /**
   * The highest level that any source reports; 0 without sources.
   * @param except a source that doesn't count, for whoever reports and reads.
   */
  level(except?: string): number {
    let highest = 0;
    for (const [source, { level }] of reports) if (level > highest && source !== except) highest = level;
    return highest;
  },

  /** The highest level with its reason. */
  current(): Load {
    let highest = IDLE;
    for (const report of reports.values()) if (report.level > highest.level) highest = report;
    return highest;
  },
};
