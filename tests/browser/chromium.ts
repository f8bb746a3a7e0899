/** A real Chromium, where one is installed: FRACTAL_CHROMIUM, or where Debian and others put it. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { missingTool } from '../harness/project.ts';

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
