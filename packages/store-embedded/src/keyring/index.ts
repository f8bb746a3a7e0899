export { KeyringError, type KeyringErrorCode, type KeyringOptions, openKeyring } from './open-keyring.ts';
