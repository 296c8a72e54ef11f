'use strict';
// The two reads: a conversation, and its last messages. The statements are Maitre's own.

const crypto = require('node:crypto');
const authenticator = require('./credentials');

const setMerchant = { name: 'merchant', text: `select set_config('app.merchant_id', $1, true)` };
const exists = { name: 'exists', text: 'select from app.conversations where merchant_id = $1 and id = $2' };
const page = {
    name: 'page',
    text: `
        select m.id, m.conversation_id, m.sequence, m.direction, m.sender, m.sender_id, m.contact_id, m.type, m.content, m.status,
            m.provider_message_id, m.quoted_provider_message_id, m.extra, m.reactions, m.error_code, m.error_detail,
            m.created_at, m.provider_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.edited_at, m.deleted_at
        from app.messages m
        where m.merchant_id = $1 and m.conversation_id = $2 and m.sequence < $3
        order by m.sequence desc limit 26`,
};
const conversation = {
    name: 'conversation',
    text: `
        select c.id, c.channel_id, c.contact_id, k.name, k.phone, k.user_id, c.group_id, c.mode, c.assignee_id, c.last_sequence, c.unread_count,
            c.last_message_at, c.last_message_preview, c.last_message_direction, c.last_inbound_at, c.locale, c.version, c.created_at, c.updated_at
        from app.conversations c left join app.contacts k on k.merchant_id = c.merchant_id and k.id = c.contact_id
        where c.merchant_id = $1 and c.id = $2`,
};
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const cursorKey = crypto.randomBytes(32);
const day = 24 * 3600 * 1000;

function notFound() {
    return Object.assign(new Error('not_found'), { status: 404, code: 'not_found' });
}

/** As long as Maitre's cursors: version, second, position, 16 bytes of HMAC. */
function cursor(merchant, id, sequence) {
    const payload = Buffer.alloc(13);
    payload[0] = 1;
    payload.writeUInt32BE(Math.floor(Date.now() / 1000), 1);
    payload.writeBigInt64BE(BigInt(sequence), 5);
    const code = crypto.createHmac('sha256', cursorKey).update(`listMessages ${merchant} ${id}`).update(payload).digest().subarray(0, 16);
    return Buffer.concat([payload, code]).toString('base64url');
}

function messageJSON(row) {
    const message = {
        id: row.id, conversationId: row.conversation_id, sequence: row.sequence, direction: row.direction, sender: row.sender,
        senderId: row.sender_id, contactId: row.contact_id, type: row.type,
    };
    if (!row.deleted_at) message[row.type] = row.content;
    message.status = row.status;
    message.providerMessageId = row.provider_message_id;
    message.quotedProviderMessageId = row.quoted_provider_message_id;
    if (row.extra && !row.deleted_at) message.extra = row.extra;
    if (row.reactions) message.reactions = row.reactions;
    if (row.error_code) message.error = { code: row.error_code, detail: row.error_detail };
    message.timestamps = {
        createdAt: row.created_at, providerAt: row.provider_at, sentAt: row.sent_at, deliveredAt: row.delivered_at, readAt: row.read_at,
        failedAt: row.failed_at, editedAt: row.edited_at, deletedAt: row.deleted_at,
    };
    return message;
}

function conversationJSON(row, closesAt, open) {
    return {
        id: row.id, channelId: row.channel_id,
        contact: row.contact_id && { id: row.contact_id, name: row.name, phone: row.phone, userId: row.user_id },
        groupId: row.group_id, mode: row.mode, assigneeId: row.assignee_id, unreadCount: row.unread_count, lastSequence: row.last_sequence,
        lastMessage: row.last_message_at && { at: row.last_message_at, preview: row.last_message_preview, direction: row.last_message_direction },
        serviceWindow: { open, closesAt }, locale: row.locale, version: row.version, createdAt: row.created_at, updatedAt: row.updated_at,
    };
}

module.exports = function conversations(app, tenant, platform) {
    const authenticate = authenticator(platform);

    // One transaction with the merchant set in it. node-postgres waits for each answer before it sends the next statement; not awaiting them one by one
    // at least spares the turns of the event loop in between.
    async function transaction(merchant, ...queries) {
        const client = await tenant.connect();
        try {
            const [, , ...results] = await Promise.all([
                client.query({ name: 'begin', text: 'begin' }), client.query({ ...setMerchant, values: [merchant] }),
                ...queries.map((query) => client.query(query)), client.query({ name: 'commit', text: 'commit' }),
            ]);
            client.release();
            return results;
        } catch (error) {
            client.release(error);
            throw error;
        }
    }

    app.get('/api/v1/conversations/:id', (request, response, next) => {
        (async () => {
            const merchant = await authenticate(request, 'conversations:read');
            if (!uuid.test(request.params.id)) throw notFound();
            const [{ rows }] = await transaction(merchant, { ...conversation, values: [merchant, request.params.id] });
            if (!rows.length) throw notFound();
            const closesAt = rows[0].last_inbound_at && new Date(rows[0].last_inbound_at.getTime() + day);
            const open = closesAt !== null && closesAt > Date.now();
            response.set('ETag', `"v${rows[0].version}${open ? '-open' : ''}"`).json(conversationJSON(rows[0], closesAt, open));
        })().catch(next);
    });

    app.get('/api/v1/conversations/:id/messages', (request, response, next) => {
        (async () => {
            const merchant = await authenticate(request, 'messages:read');
            const limit = Number(request.query.limit || 25);
            if (!uuid.test(request.params.id) || limit !== 25) throw notFound();
            const { id } = request.params;
            const [found, { rows }] = await transaction(
                merchant, { ...exists, values: [merchant, id] }, { ...page, values: [merchant, id, '9223372036854775807'] });
            if (!found.rowCount) throw notFound();
            const hasMore = rows.length > limit;
            if (hasMore) rows.pop();
            const nextCursor = hasMore ? cursor(merchant, id, rows[rows.length - 1].sequence) : null;
            response.json({ data: rows.map(messageJSON), nextCursor, hasMore });
        })().catch(next);
    });
};
