/** Forms of names and ids in control. */
import type { KeyScope } from './types.ts';

/** Tenants and tasks. */
export const NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** Ids of API keys and admin tokens: 8 random bytes. */
export const KEY_ID = /^[0-9a-f]{16}$/;
/** Ids of record keys, as in a record's sig.kid. */
export const KID = /^[\x21-\x7e]{1,128}$/;
export const HEX_32 = /^[0-9a-f]{64}$/;
export const ACTION = /^[a-z0-9_.-]{1,64}$/;
/** Ids of events of followers. */
export const EVENT = /^[0-9a-f]{32}$/;
export const TARGET = /^[\x21-\x7e]{1,256}$/;
/** A verifier key as text. */
export const VERIFIER_KEY = /^[^\s+]{1,512}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40,64}={0,2}$/u;
export const ORIGIN = /^[^\s+]{1,512}$/u;
export const CHECKPOINT = /^[^\0]{1,4096}$/su;
/** In the order in which they are written. */
export const SCOPES: readonly KeyScope[] = ['tenant', 'reviewer'];
