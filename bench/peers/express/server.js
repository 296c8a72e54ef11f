'use strict';
// The peer: Express 4 and node-postgres doing what `maitre serve` does in the measured requests, on the same database with the same roles.
// Two processes, as many as the machine has cores for; named statements; no ETag, logging or header that Maitre does not have either.

const cluster = require('node:cluster');

if (cluster.isPrimary) {
    for (let index = 0; index < Number(process.env.PEER_PROCESSES || 2); index++) cluster.fork();
    // A worker that dies would only make the peer look slow: end the whole instead.
    cluster.on('exit', (worker, code) => process.exit(code === 0 ? 1 : code));
    process.on('SIGTERM', () => process.exit(0));
} else {
    const express = require('express');
    const { Pool, types } = require('pg');

    // Sequences and counters are bigint; they fit a double.
    types.setTypeParser(types.builtins.INT8, Number);

    const connection = { host: process.env.PGHOST, port: Number(process.env.PGPORT), database: process.env.PGDATABASE };
    const max = Number(process.env.PEER_CONNECTIONS || 8);
    const tenant = new Pool({ ...connection, user: 'maitre_tenant', password: process.env.TENANT_PASSWORD, max });
    const platform = new Pool({ ...connection, user: 'maitre_platform', password: process.env.PLATFORM_PASSWORD, max });

    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('query parser', 'simple');
    app.get('/readyz', (request, response) => response.json({ status: 'ok' }));
    require('./webhooks')(app, platform, process.env.META_APP_SECRET || '');
    require('./conversations')(app, tenant, platform);
    app.use((error, request, response, next) => {
        if (!error.status) console.error(error);
        response.status(error.status || 500).type('application/problem+json').json({ status: error.status || 500, code: error.code || 'internal' });
    });
    app.listen(Number(process.env.PORT), '127.0.0.1', 1024);
}
