import { z } from 'zod';
import { tasks } from '../experiments/tasks/index.js';
import type { TaskView } from './api.js';

/** The tasks, as the page needs them to build its form. */
export function describeTasks(): TaskView[] {
  return tasks.map(({ name, title, linear, channels, sigma, schema, part, classical }) => ({
    name,
    title,
    linear,
    channels,
    sigma,
    options: z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>,
    part: part && { name: part.name, drawn: part.drawn },
    classical: [...classical],
  }));
}
