/** A linear map and its transpose on plain vectors. */
export interface LinearMap {
  forward(x: Float64Array): Promise<Float64Array>;
  adjoint(r: Float64Array): Promise<Float64Array>;
}
