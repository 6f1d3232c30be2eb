import { UserError } from '../../tensor/errors.js';

/** What this browser does not read, a studio's server may. */
export class UnreadError extends UserError {}
