import compressible from 'compressible';
import { LRUCache } from 'lru-cache';

/** mime-db calls some types compressible that are coded already or may be anything, and doesn't know others. */
const NOT_CODED = /^application\/(?:octet-stream$|grpc)/;
const CODED = /^application\/(?:x-ndjson|ndjson|jsonl|jsonlines|x-jsonlines|json-seq|geo\+json-seq)$/;

/** Types whose members are to reach the client one by one. */
const LIVE =
  /^(?:text\/event-stream|application\/(?:x-ndjson|ndjson|jsonl|jsonlines|x-jsonlines|json-seq|stream\+json))$/;

interface Judgement {
  /** Whether it becomes smaller. */
  readonly compressible: boolean;
  /** Whether each write is to reach the client at once. */
  readonly live: boolean;
}

const UNKNOWN: Judgement = { compressible: false, live: false };
const MAX_REMEMBERED = 500;
const judged = new LRUCache<string, Judgement>({ max: MAX_REMEMBERED });

/** What mime-db says of a Content-Type, with what it lacks. */
export function judgeType(field: unknown): Judgement {
  if (typeof field !== 'string' || field === '') return UNKNOWN;
  const found = judged.get(field);
  if (found) return found;
  const type = field.split(';', 1)[0]!.trim().toLowerCase();
  const judgement = {
    compressible: !NOT_CODED.test(type) && (CODED.test(type) || compressible(type) === true),
    live: LIVE.test(type),
  };
  judged.set(field, judgement);
  return judgement;
}
