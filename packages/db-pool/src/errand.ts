import type { MeasuredJob } from './member';
import type { KnownStatement } from './statements';

/** A statement that a pool runs for itself. */
export class Errand implements MeasuredJob {
  readonly values = [];
  constructor(
    readonly statement: KnownStatement,
    readonly resolve: () => void,
    readonly reject: (error: unknown) => void,
  ) {}

  settle(error: unknown): void {
    if (error === undefined) this.resolve();
    else this.reject(error);
  }
}
