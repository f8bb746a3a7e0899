/** A real Chromium, where one is installed: FRACTAL_CHROMIUM, or where Debian and others put it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { missingTool } from '../harness/project.ts';
import { bundleSdk } from './bundle.ts';

const places = [
  process.env.FRACTAL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** undefined, said out loud, where there is none; a failure where CI=true. */
export function findChromium(): string | undefined {
  const path = places.find((place) => place !== undefined && existsSync(place));
  if (path === undefined)
    missingTool('the browser suite needs Chromium (apt-get install chromium, or FRACTAL_CHROMIUM)');
  return path;
}

export function startChromium(executablePath: string): Promise<Browser> {
  // Neither sandbox (root in a container) nor any talk with the outside.
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args });
}

/** For the tests of a `describe`: one page with the SDK's bundle (global `fractal`), offline. Call the answer inside a test. */
export function offlinePage(executablePath: string | undefined): () => Page {
  let browser: Browser | undefined;
  let page: Page | undefined;
  beforeAll(async () => {
    browser = await startChromium(executablePath!);
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundleSdk() });
    await page.context().setOffline(true);
  });
  afterAll(async () => {
    await browser?.close();
  });
  return () => page!;
}
