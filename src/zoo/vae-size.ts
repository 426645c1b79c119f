/** The sizes of the VAE, apart from vae.ts so that the default synthesis need not load it. */

/** Length of the VAE's latent. */
export const LATENT = 500;
/** Side of the VAE's images in pixels. */
export const VAE_SIZE = 64;
