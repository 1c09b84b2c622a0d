/** Something to try, with the limit that one will meet. */
export interface Try {
  readonly title: string;
  readonly about: string;
  readonly limit: string;
  readonly commands: readonly string[];
}

const tokenOf = (url: string) =>
  `TOKEN=$(curl -s -d 'user=ada&password=lovelace' '${url}/login' | cut -d '"' -f 4)`;

const order = (url: string, items: string) =>
  `curl -si -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" -d '{"items":[${items}]}' '${url}/orders'`;

const CACHE_FIELDS = "grep -iE '^(cache-status|age)'";

/** What to try at a shop with this address, the best first. */
export const tries = (url: string): readonly Try[] => [
  {
    title: 'Search until it is enough',
    about:
      'The fields RateLimit and RateLimit-Policy say what is left. Without an API key the address counts; ' +
      'with one the customer does, and the plan says how much.',
    limit: 'search: 20 a minute, 60 on plan free, 600 on plan pro',
    commands: [
      `curl -i '${url}/products?q=lantern&sort=price'`,
      `for i in $(seq 25); do curl -s -o /dev/null -w '%{http_code} ' '${url}/products?q=rope'; done; echo`,
      `curl -i -H 'X-API-Key: demo-pro' '${url}/products?category=boats&max=100000'`,
    ],
  },
  {
    title: 'Ask twice',
    about:
      'Cache-Status tells a hit from a miss, Age how old an answer is. A product is kept for a minute, and forgotten ' +
      'at once when its picture or its stock changes. A report that has gone stale is sent as it was, while the next ' +
      'one is made: nobody waits for it. What a user sees of an account is kept for that user alone.',
    limit: 'as without: the limits stand before the cache',
    commands: [
      `for i in 1 2; do curl -si '${url}/products/7' | ${CACHE_FIELDS}; done`,
      tokenOf(url),
      `echo picture | curl -s -o /dev/null -T - -H 'Content-Type: image/png' -H "Authorization: Bearer $TOKEN" '${url}/products/7/picture'; curl -si '${url}/products/7' | ${CACHE_FIELDS}`,
      `for i in 1 2; do curl -si -H "Authorization: Bearer $TOKEN" '${url}/account'; echo; done`,
      `for s in 0 11 1; do sleep $s; curl -si '${url}/reports/sales?months=6' | ${CACHE_FIELDS}; done`,
    ],
  },
  {
    title: 'Buy what is there',
    about:
      'An order is one transaction: it takes each product out of stock, or nothing at all. It is committed before its answer ' +
      'leaves, and what it has changed is shown at once. Of what is sold out you get a 409, and the rest of that order stays where it was.',
    limit: 'orders: 10 a minute, by user',
    commands: [
      tokenOf(url),
      order(url, '{"product":7,"quantity":2},{"product":8,"quantity":1}'),
      order(url, '{"product":8,"quantity":1},{"product":1,"quantity":100}'),
      `curl -s -H "Authorization: Bearer $TOKEN" '${url}/orders'; curl -s '${url}/products/8'`,
    ],
  },
  {
    title: 'Guess a password',
    about:
      'Two limits at once, by address and by account. Only failed logins count: ada gets in as often as she likes, ' +
      'and whoever guesses at grace is stopped after five.',
    limit: 'login: 5 failures an account, 20 an address, in 15 minutes',
    commands: [
      `for i in $(seq 6); do curl -s -d 'user=grace&password=guess'$i '${url}/login'; echo; done`,
      `curl -i -d 'user=ada&password=lovelace' '${url}/login'`,
    ],
  },
  {
    title: 'Ask for a costly report',
    about:
      'A month of sales costs one token, a year costs twelve. Two years at once empty the bucket; ' +
      'then a token comes back every five seconds.',
    limit: 'report: 12 months of report a minute, bursts of 24',
    commands: [
      `curl -i '${url}/reports/sales?months=12'`,
      `for i in 1 2 3; do curl -s -o /dev/null -w '%{http_code} ' '${url}/reports/sales?months=12'; done; echo`,
    ],
  },
  {
    title: 'Send a picture',
    about:
      'A picture costs its size. Where the length is unknown, as here, the most is charged at first, and the rest ' +
      'given back once the picture is in. It is hashed and not kept.',
    limit: 'upload: 16 MiB an hour, 4 MiB a picture',
    commands: [
      tokenOf(url),
      `head -c 1000000 /dev/urandom | curl -si -T - -H 'Content-Type: image/png' -H "Authorization: Bearer $TOKEN" '${url}/products/7/picture'`,
    ],
  },
  {
    title: 'Get fewer bytes',
    about: 'Answers are coded as the client wants them, and events too, each at once.',
    limit: 'as without',
    commands: [
      `curl -s -o /dev/null -w '%{size_download} bytes\\n' '${url}/products'`,
      `curl -s -o /dev/null -w '%{size_download} bytes\\n' -H 'Accept-Encoding: gzip' '${url}/products'`,
    ],
  },
  {
    title: 'Watch the stock',
    about:
      'Opening a stream counts, staying does not. Whoever comes back with Last-Event-ID gets what was missed.',
    limit: 'streams: 10 opened a minute',
    commands: [`curl -N '${url}/events'`, `curl -N -H 'Last-Event-ID: 1' '${url}/events'`],
  },
];
