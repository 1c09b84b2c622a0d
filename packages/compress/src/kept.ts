import { createHash } from 'node:crypto';
import { isStable } from '@spillway/core';
import { LRUCache } from 'lru-cache';
import type { Codec } from './codec';

/** Which bodies count as the same one: a buffer that somebody has marked as stable, or all of the same bytes. */
export type SameBy = 'identity' | 'content';

/** What stands for one body in one coding. */
export type Token = object | string;

/** Coded bodies, within a budget of bytes; the least recently used go first. */
export class Kept {
  readonly #coded: LRUCache<Token, Buffer>;
  readonly #sameBy: SameBy;
  /** A token lives as long as its body. */
  readonly #tokens = new WeakMap<Buffer, Map<Codec, object>>();
  readonly #codecs = new Map<Codec, number>();

  constructor(maxBytes: number, sameBy: SameBy) {
    this.#sameBy = sameBy;
    this.#coded = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ length }) => length + 1 });
  }

  /** @returns undefined where the body is not one to be kept. */
  tokenOf(body: Buffer, codec: Codec): Token | undefined {
    if (this.#sameBy === 'content') return `${this.#numberOf(codec)} ${digest(body)}`;
    return isStable(body) ? this.#identityOf(body, codec) : undefined;
  }

  get(token: Token): Buffer | undefined {
    return this.#coded.get(token);
  }

  set(token: Token, coded: Buffer): void {
    this.#coded.set(token, coded);
  }

  #identityOf(body: Buffer, codec: Codec): object {
    let tokens = this.#tokens.get(body);
    if (!tokens) {
      tokens = new Map();
      this.#tokens.set(body, tokens);
    }
    const found = tokens.get(codec);
    if (found) return found;
    const token = {};
    tokens.set(codec, token);
    return token;
  }

  #numberOf(codec: Codec): number {
    const number = this.#codecs.get(codec) ?? this.#codecs.size;
    this.#codecs.set(codec, number);
    return number;
  }
}

const digest = (body: Buffer): string => createHash('sha256').update(body).digest('base64url');
