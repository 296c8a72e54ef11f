'use strict';
// A signed webhook: HMAC over the raw bytes, JSON, routing by number (cached for a second, as Maitre does), one insert that is committed before the 200.
// It enqueues nothing, so it does less than Maitre.

const crypto = require('node:crypto');
const express = require('express');

const insert = `
    insert into inbox.updates (event_day, id, provider, merchant_id, channel_id, kind, payload)
    values ($1, $2, 'meta', $3, $4, $5, $6) on conflict on constraint updates_pkey do nothing`;
const route = `
    select merchant_id, channel_id from platform.channel_routes where provider = 'meta' and provider_number_id = $1`;

module.exports = function webhooks(app, platform, secret) {
    const routes = new Map();

    async function routeOf(number) {
        const entry = routes.get(number);
        if (entry && entry.until > performance.now()) return entry.route;
        const until = performance.now() + 1000;
        const { rows } = await platform.query({ name: 'route', text: route, values: [number] });
        if (rows.length) routes.set(number, { route: rows[0], until });
        return rows[0];
    }

    app.post('/webhooks/meta', express.raw({ type: 'application/json', limit: '3mb' }), (request, response, next) => {
        (async () => {
            const given = Buffer.from((request.get('x-hub-signature-256') || '').replace(/^sha256=/, ''), 'hex');
            const expected = crypto.createHmac('sha256', secret).update(request.body).digest();
            if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) {
                throw Object.assign(new Error('invalid_signature'), { status: 401, code: 'invalid_signature' });
            }
            const body = JSON.parse(request.body.toString('utf8'));
            for (const entry of body.entry) {
                for (const change of entry.changes) {
                    const to = await routeOf(change.value.metadata.phone_number_id);
                    if (!to) throw Object.assign(new Error('unknown_number'), { status: 422, code: 'unknown_number' });
                    for (const message of change.value.messages || []) {
                        const digest = crypto.createHash('sha256').update(`meta|${to.channel_id}|${message.id}`).digest('hex');
                        const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20, 32)}`;
                        const day = new Date(Number(message.timestamp) * 1000).toISOString().slice(0, 10);
                        await platform.query({ name: 'insert', text: insert, values: [day, id, to.merchant_id, to.channel_id, 'message', request.body] });
                    }
                }
            }
            response.json({ status: 'ok' });
        })().catch(next);
    });
};
