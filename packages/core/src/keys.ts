import { IPv6, isValid, parse } from 'ipaddr.js';

/** Bits of an IPv6 address that tell one client from another: a household commonly gets a /56 (RFC 6177). */
export const DEFAULT_IPV6_SUBNET = 56;

// Azure and others forward an address with its port.
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/;

const NAT64 = [IPv6.parse('64:ff9b::'), 96] as const;
const SIX_TO_FOUR = 0x2002;

/**
 * One key for one client, whatever notation its address comes in: IPv4 whole; IPv6 by subnet, without zone; an IPv4 address
 * inside IPv6 (mapped: RFC 4291, 2.5.5.2; NAT64: RFC 6052; 6to4: RFC 3056) as that IPv4 address.
 * @param ipv6Subnet bits of an IPv6 address that count, 1 to 128. @default 56
 * @returns undefined where the address is no address.
 */
export function clientKey(address: string | undefined, ipv6Subnet = DEFAULT_IPV6_SUBNET): string | undefined {
  if (address === undefined || isPlainIPv4(address)) return address;
  const bare = withoutPortAndZone(address);
  // An IPv4 address in octal, hex or with missing parts means different machines to different parsers: it is refused.
  if (isPlainIPv4(bare)) return bare;
  if (!bare.includes(':') || !isValid(bare)) return undefined;
  const parsed = parse(bare) as IPv6;
  return embeddedIPv4(parsed) ?? subnetOf(parsed, ipv6Subnet);
}

const DOT = 46;
const ZERO = 48;

/**
 * Four decimal numbers without leading zeros: what the kernel and nearly every proxy write. Each request comes by here, and a loop
 * takes a third of the time of a regular expression.
 */
function isPlainIPv4(address: string): boolean {
  let dots = 0;
  let number = -1;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      if (number === -1) return false;
      dots++;
      number = -1;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || number === 0) return false;
    number = number === -1 ? digit : 10 * number + digit;
    if (number > 255) return false;
  }
  return dots === 3 && number !== -1;
}

function withoutPortAndZone(address: string): string {
  const withPort = WITH_PORT.exec(address);
  const bare = withPort?.[1] ?? withPort?.[2] ?? address;
  const zone = bare.indexOf('%');
  return zone === -1 ? bare : bare.slice(0, zone);
}

function embeddedIPv4(address: IPv6): string | undefined {
  const { parts } = address;
  if (address.isIPv4MappedAddress() || address.match(NAT64 as unknown as [IPv6, number]))
    return dotted(parts[6], parts[7]);
  if (parts[0] === SIX_TO_FOUR) return dotted(parts[1], parts[2]);
  return undefined;
}

const dotted = (high = 0, low = 0): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

function subnetOf(address: IPv6, bits: number): string {
  const groups = address.parts.map((part, i) => {
    const kept = Math.min(16, Math.max(0, bits - 16 * i));
    return (part & (0xffff << (16 - kept))).toString(16);
  });
  return `${groups.join(':')}/${bits}`;
}
