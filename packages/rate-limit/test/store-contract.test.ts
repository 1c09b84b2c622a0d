import { FakeClock } from '@spillway/core/testing';
import { MemoryStore } from '@spillway/rate-limit';
import { storeContract } from '@spillway/rate-limit/testing';

storeContract('MemoryStore', {
  make() {
    const clock = new FakeClock(1_000);
    return { store: new MemoryStore({ now: clock.now }), advance: (ms) => clock.advance(ms) };
  },
});
