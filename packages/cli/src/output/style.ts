/** Colour for terminals only: NO_COLOR and pipes get plain text (node:util decides by the stream). */
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

export function style(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout, validateStream: true });
}

const DECISION_FORMAT: Readonly<Record<string, Format>> = {
  accept: ['bold', 'green'],
  retry: ['bold', 'yellow'],
  retrieve: ['bold', 'yellow'],
  escalate: ['bold', 'magenta'],
  block: ['bold', 'red'],
};

export function styleDecision(decision: string): string {
  return style(DECISION_FORMAT[decision] ?? 'bold', decision.toUpperCase());
}

/** What the caller is to do after a decision (DESIGN section 5). */
export const NEXT_STEP: Readonly<Record<string, string>> = {
  accept: 'act on it',
  retry: 'generate again: the evidence would carry an answer, this one does not follow from it',
  retrieve: 'fetch more evidence, then generate again: the evidence does not speak to it',
  escalate: 'let a person decide',
  block: 'never act on it',
};
