/** Ways in which weights are named and laid out. */
export type Layout = 'posteriori' | 'compvis' | 'guided-diffusion' | 'diffusers';
