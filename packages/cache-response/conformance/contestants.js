/**
 * How many tests a preset has to pass. Of the optimal ones, 99 are as many as can be: the other six want what RFC 9110 and
 * RFC 9111 forbid. The safe preset gives up some more, of which none may fail outright.
 */
const TARGETS = {
  safe: { required: 155, optimal: 98 },
  rfc9111: { required: 160, optimal: 99 },
};

const PLACES = [
  { place: 'on express', host: 'express' },
  { place: 'on koa', host: 'koa' },
  // Where nobody has been authenticated yet, who sends credentials gets only what says `public`: three tests want more.
  { place: 'in front', host: 'http', givesUp: 3 },
];

const OURS = Object.entries(TARGETS).flatMap(([preset, { required, optimal }]) =>
  PLACES.map(({ place, host, givesUp = 0 }) => ({
    name: `${preset} ${place}`,
    host,
    target: { required, optimal: optimal - givesUp },
    make: () => require(`@spillway/cache-response/${host}`).cacheResponse({ preset }),
  })),
);

/** What passes where nothing is stored. */
const YARDSTICKS = ['express', 'koa'].map((host) => ({
  name: `no cache on ${host}`,
  host,
  make: () => undefined,
}));

const CONTESTANTS = [...OURS, ...YARDSTICKS];

module.exports = { CONTESTANTS };
