/* What the bundler provides. */
declare module '*.css';
