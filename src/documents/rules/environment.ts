import { scoringRoutes } from '../../io/scoring-image.ts';
import type { CheckedDocument } from '../checked-document.ts';
import type { Rule } from '../kinds/kind.ts';

const routes = ['liveness_route', 'readiness_route', 'scoring_route'] as const;

/** Where the document describes an environment: at its root, or under `environment`. */
function environmentPath(document: CheckedDocument): readonly string[] {
  return document.definition.kind === 'environment' ? [] : ['environment'];
}

function joined(...path: readonly string[]): string {
  return path.join('.');
}

export const environmentSourceRule: Rule = {
  name: 'environment-source',
  codes: ['environment-source'],
  check(document) {
    const at = environmentPath(document);
    const environment = at.length === 0 ? document.value : document.sound(...at);
    if (typeof environment !== 'object' || environment === null) return;
    // A misspelled image is no missing one.
    if (document.diagnostics.some(({ code }) => code === 'unknown-key')) return;
    const has = (key: string): boolean => Object.hasOwn(environment, key);
    const what = at.length === 0 ? 'the document' : joined(...at);
    if (has('image') && has('build')) {
      const message = `${what} has both image and build: expected one of them`;
      document.errorAtKey('environment-source', message, ...at, 'build');
    } else if (!has('image') && !has('build')) {
      const message = has('conda_file')
        ? `${what} has conda_file but no image to put it on`
        : `${what} has neither image nor build: expected one of them`;
      document.error('environment-source', message, ...at);
    } else if (has('build') && has('conda_file')) {
      const message = `${what} has conda_file beside build: its packages belong into the Dockerfile, or onto an image`;
      document.warningAtKey('environment-source', message, ...at, 'conda_file');
    }
  },
};

/** A model described here says what it is: an MLflow model brings its environment, any other needs one. */
export const environmentMissingRule: Rule = {
  name: 'environment-missing',
  codes: ['environment-missing'],
  check(document, { complete }) {
    const model = document.sound('model');
    if (typeof model !== 'object' || model === null || Object.hasOwn(document.value, 'environment')) return;
    if (document.diagnostics.some(({ suggestion }) => suggestion === 'environment')) return;
    const type = document.sound('model', 'type') ?? 'custom_model';
    if (type !== 'custom_model') return;
    document.report({
      severity: complete ? 'error' : 'warning',
      code: 'environment-missing',
      message: "model is a custom_model, but the document has no 'environment' to run it in",
      path: ['model'],
    });
  },
};

export const routePathRule: Rule = {
  name: 'route-path',
  codes: ['route-path'],
  check(document) {
    const at = environmentPath(document);
    for (const route of routes) {
      const place = [...at, 'inference_config', route, 'path'];
      const path = document.sound(...place);
      if (typeof path !== 'string' || path.startsWith('/')) continue;
      const message = `${joined(...place)} is '${path}': expected it to begin with a slash`;
      document.warning('route-path', message, ...place);
    }
  },
};

/** The product's own image says where it listens; of others nothing is known. */
export const routePortRule: Rule = {
  name: 'route-port',
  codes: ['route-port'],
  check(document) {
    const at = environmentPath(document);
    const image = document.sound(...at, 'image');
    if (typeof image !== 'string' || !/(?:^|\/)aml-deit\/scorer(?:[:@]|$)/.test(image)) return;
    for (const route of routes) {
      const place = [...at, 'inference_config', route, 'port'];
      const port = document.sound(...place);
      if (typeof port !== 'number' || port === scoringRoutes.port) continue;
      const message = `${joined(...place)} is ${port}, but the scoring image listens on ${scoringRoutes.port} unless it is told otherwise`;
      document.info('route-port', message, ...place);
    }
  },
};
