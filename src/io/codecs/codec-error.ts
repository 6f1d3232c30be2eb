/** What is wrong with packed samples; whoever knows the file makes a sentence of it. */
export class CodecError extends Error {}
