import type { OutgoingHttpHeaders } from 'node:http';
import type { Body, BodyAction, Reply, ResponseHead } from '@spillway/core';
import type { Flight } from '../flights';
import { ofTheApplication } from '../policy/fields';
import type { Stored } from '../policy/stored';
import { Collector } from './body';

/** A request sent once more while its client waits: takes the answer, stored or not. */
export class Detached {
  /** Those who wait too. */
  readonly flight: Flight | undefined;
  /** Undefined where there was none. */
  answer: Stored | Reply | 'too-long' | undefined;

  constructor(flight: Flight | undefined) {
    this.flight = flight;
  }

  take(answer: Stored | Reply): void {
    this.answer = answer;
  }

  /** Takes an answer that can't be stored, as it goes by. */
  takeFrom(
    head: ResponseHead,
    whole: Body | undefined,
    outer: Readonly<OutgoingHttpHeaders>,
    maxBytes: number,
  ): BodyAction | undefined {
    const { statusCode: status } = head;
    const headers = ofTheApplication(head.getHeaders(), outer);
    if (whole !== undefined) {
      this.answer = { status, headers, body: whole };
      return undefined;
    }
    const collector = new Collector(maxBytes);
    return {
      tap: (chunk) => {
        if (!collector.take(chunk)) this.answer = 'too-long';
      },
      end: () => {
        this.answer ??= { status, headers, body: collector.body() };
      },
    };
  }
}
