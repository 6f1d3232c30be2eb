import { complaint } from './studio.js';

export function complain(error: unknown): void {
  complaint.value = sentenceOf(error);
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
