import { envoyTimeout, grpcTimeout } from '@spillway/backpressure';

type Field = string | string[] | undefined;

const grpc = (field: Field) => grpcTimeout({ headers: { 'grpc-timeout': field } });
const envoy = (field: Field) => envoyTimeout({ headers: { 'x-envoy-expected-rq-timeout-ms': field } });

describe('grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['250m', 250],
    ['500u', 0.5],
    ['1000000n', 1],
    ['0m', 0],
    ['007S', 7_000],
    ['99999999H', 99_999_999 * 3_600_000],
  ])('%s is %d ms', (field, ms) => expect(grpc(field)).toBeCloseTo(ms, 9));

  it.each<[Field]>([
    [undefined],
    [''],
    ['m'],
    ['100'],
    ['100x'],
    ['100s'],
    ['100ms'],
    ['-1S'],
    ['+1S'],
    ['1.5S'],
    ['1e3m'],
    [' 1S'],
    ['1S '],
    ['1 S'],
    ['1S\n'],
    ['١S'],
    ['0x1S'],
    ['NaNS'],
    ['123456789S'],
    [`${'9'.repeat(100_000)}S`],
    ['1S, 2S'],
    [['1S']],
    [['1S', '2S']],
    [[]],
  ])('%j says nothing', (field) => expect(grpc(field)).toBeUndefined());
});

describe('x-envoy-expected-rq-timeout-ms', () => {
  it.each([
    ['0', 0],
    ['15', 15],
    ['015', 15],
    ['999999999999', 999_999_999_999],
  ])('%s is %d ms', (field, ms) => expect(envoy(field)).toBe(ms));

  it.each<[Field]>([
    [undefined],
    [''],
    ['-1'],
    ['+1'],
    ['1.5'],
    ['1e3'],
    ['0x10'],
    [' 1'],
    ['1\n'],
    ['1ms'],
    ['Infinity'],
    ['NaN'],
    ['1000000000000'],
    ['9'.repeat(100_000)],
    ['1, 2'],
    [['15']],
    [[]],
  ])('%j says nothing', (field) => expect(envoy(field)).toBeUndefined());
});
