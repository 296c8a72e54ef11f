'use strict';
// Personal access tokens as Maitre checks them: shape and checksum, SHA-256, one look-up a second at most, membership and scope.

const crypto = require('node:crypto');

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const table = new Uint32Array(256).map((_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value >>> 0;
});

const find = `
    select c.id, c.kind, c.scopes, c.merchant_id, c.person_id, c.expires_at,
        array(select m.merchant_id from platform.memberships m where m.person_id = c.person_id order by m.merchant_id) restaurants,
        array(select m.role from platform.memberships m where m.person_id = c.person_id order by m.merchant_id) roles
    from platform.credentials c
    where c.hash = $1 and c.revoked_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())`;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function hasValidChecksum(token) {
    let crc = 0xffffffff;
    for (let index = 0; index < token.length - 6; index++) crc = table[(crc ^ token.charCodeAt(index)) & 0xff] ^ (crc >>> 8);
    let rest = ~crc >>> 0;
    for (let index = token.length - 1; index >= token.length - 6; index--) {
        if (token[index] !== alphabet[rest % 62]) return false;
        rest = Math.floor(rest / 62);
    }
    return true;
}

function refusal(status, code) {
    return Object.assign(new Error(code), { status, code });
}

module.exports = function authenticator(platform) {
    const known = new Map();
    const lookups = new Map();

    async function lookUp(key, digest) {
        const until = performance.now() + 1000;
        try {
            const { rows } = await platform.query({ name: 'credential', text: find, values: [digest] });
            if (!rows.length) {
                known.delete(key);
                return undefined;
            }
            const [row] = rows;
            const credential = { ...row, scopes: new Set(row.scopes), memberships: new Map(row.restaurants.map((id, index) => [id, row.roles[index]])) };
            known.set(key, { credential, until });
            return credential;
        } finally {
            lookups.delete(key);
        }
    }

    /** The merchant that the request may act on. */
    return async function authenticate(request, scope) {
        const [scheme, token] = (request.get('authorization') || '').split(' ');
        if (!/^bearer$/i.test(scheme) || !token || !/^mtr_pat_[0-9A-Za-z]{36}$/.test(token) || !hasValidChecksum(token)) {
            throw refusal(401, 'invalid_credential');
        }
        const merchant = request.get('x-restaurant-id');
        if (!merchant || !uuid.test(merchant)) throw refusal(400, 'invalid_restaurant_id');
        const digest = crypto.createHash('sha256').update(token).digest();
        const key = digest.toString('latin1');
        const entry = known.get(key);
        let credential = entry && entry.until > performance.now() ? entry.credential : undefined;
        if (!credential) {
            let lookup = lookups.get(key);
            if (!lookup) lookups.set(key, (lookup = lookUp(key, digest)));
            credential = await lookup;
        }
        if (!credential) throw refusal(401, 'invalid_credential');
        if (!credential.memberships.has(merchant)) throw refusal(403, 'restaurant_forbidden');
        if (!credential.scopes.has(scope)) throw refusal(403, 'missing_scope');
        return merchant;
    };
};
