/**
 * `npm install` must succeed on machines that cannot reach Chrome's download server, so the install step downloads nothing.
 * The command line looks for an installed browser first and asks puppeteer's installer only when it finds none.
 * @type {import("puppeteer").Configuration}
 */
module.exports = { skipDownload: true };
