/** What has to hold of a port's implementation: a claim, and what shows it by throwing where it doesn't hold. */
export type Claims<Subject> = Readonly<Record<string, (subject: Subject) => unknown>>;

/** The two functions of a test runner that a contract needs: jest's, vitest's, mocha's, node:test's. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

export interface Implementation<Subject> {
  /** A fresh one for each claim. */
  readonly make: () => Subject | Promise<Subject>;
  readonly dispose?: (subject: Subject) => unknown;
  /** @default the runner's globals */
  readonly runner?: Runner;
}

/** Runs a contract against one implementation, as tests of the runner. */
export type Contract<Subject> = (name: string, implementation: Implementation<Subject>) => void;

/**
 * A contract that a package publishes for one of its ports, for all who implement it. Its claims throw by `node:assert`,
 * so that it runs under any runner.
 */
export function defineContract<Subject>(port: string, claims: Claims<Subject>): Contract<Subject> {
  return (name, { make, dispose, runner = globalThis as unknown as Runner }) => {
    runner.describe(`${name} as a ${port}`, () => {
      for (const [claim, show] of Object.entries(claims)) {
        runner.it(claim, async () => {
          const subject = await make();
          try {
            await show(subject);
          } finally {
            await dispose?.(subject);
          }
        });
      }
    });
  };
}
