const typescript = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
  module: { type: 'commonjs' },
};

/** Tests load what is published (dist), so `npm test` builds first. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/packages', '<rootDir>/examples', '<rootDir>/bench', '<rootDir>/docs'],
  testMatch: ['**/test/**/*.test.ts'],
  transform: { '\\.ts$': ['@swc/jest', typescript] },
  reporters: ['default', '<rootDir>/tools/closing-line.js'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/dist/**/*.js'],
};
