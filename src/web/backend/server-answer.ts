import type { ClientResponse } from 'hono/client';
import { words } from '../words.js';

/** A request that the server did not do: its sentence, and its status code. */
export class Refused extends Error {
  override name = 'Refused';

  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }

  static async of(response: { readonly status: number; json(): Promise<unknown> }): Promise<Refused> {
    const answer = (await response.json().catch(() => ({}))) as { error?: { message?: string; remedy?: string } };
    const { message = words.serverStatus(response.status), remedy } = answer.error ?? {};
    return new Refused(response.status, remedy === undefined ? message : `${message} ${remedy}`);
  }
}

/** The server's answer, whatever it is. @throws Error with a sentence when none comes */
export async function reach<R>(asked: Promise<R>): Promise<R> {
  return asked.catch(() => {
    throw new Error(words.serverAway);
  });
}

/** What a wanted answer holds. */
type Wanted<R> = R extends ClientResponse<infer T, infer S, 'json'> ? (S extends 200 | 201 ? T : never) : never;

/** The answer, where it is a wanted one. @throws Refused, or Error when there is none: sentences */
export async function answerOf<R extends ClientResponse<unknown>>(asked: Promise<R>): Promise<Wanted<R>> {
  const response = await reach(asked);
  if (!response.ok) throw await Refused.of(response as unknown as Response);
  return (response.status === 204 ? undefined : await response.json()) as Wanted<R>;
}
