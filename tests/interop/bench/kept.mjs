// What oidc-provider keeps, in one SQLite file by Node's own driver: as durable as what it is
// compared with (a log of writes, synced before an answer), and as simple as such an adapter can be.

import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table kept (
    id text primary key not null,
    payload text not null,
    grant_id text,
    uid text
  ) without rowid;
  create index kept_by_grant on kept (grant_id) where grant_id is not null;
  create index kept_by_uid on kept (uid) where uid is not null;
`;

/** An adapter on a new file at `path`. */
export function keepAdapter(path) {
  const database = new DatabaseSync(path);
  database.exec(SCHEMA);
  const put = database.prepare(
    'insert into kept values (?, ?, ?, ?) on conflict do update set payload = excluded.payload',
  );
  const get = database.prepare('select payload from kept where id = ?');
  const byUid = database.prepare('select payload from kept where uid = ?');
  const remove = database.prepare('delete from kept where id = ?');
  const revoke = database.prepare('delete from kept where grant_id = ?');
  const read = (row) => row && JSON.parse(row.payload);
  return (model) => ({
    async upsert(id, payload) {
      const { grantId = null, uid = null } = payload;
      put.run(`${model}:${id}`, JSON.stringify(payload), grantId, uid);
    },
    find: async (id) => read(get.get(`${model}:${id}`)),
    findByUid: async (uid) => read(byUid.get(uid)),
    findByUserCode: async () => undefined,
    async consume(id) {
      const payload = read(get.get(`${model}:${id}`));
      payload.consumed = Math.floor(Date.now() / 1_000);
      await this.upsert(id, payload);
    },
    async destroy(id) {
      remove.run(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    },
  });
}
