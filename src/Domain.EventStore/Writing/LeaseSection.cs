using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Changes of ownership of checkpoints.</summary>
internal sealed class LeaseSection : Section
{
    private readonly RowsCommand _rows;
    private readonly List<int> _members;
    private readonly List<int> _items;
    private readonly List<string> _names;
    private readonly List<int> _partitions;
    private readonly List<long> _epochs;
    private readonly List<string?> _owners;
    private readonly List<bool> _forced;
    private readonly List<string?> _data;

    public LeaseSection(string schema)
    {
        _rows = new($"""
            insert into {schema}.checkpoints as c (name, partition, position, epoch, last_epoch, owner, data, present)
            select u.name, u.partition, 0,
                case when coalesce(o.epoch, 0) <> u.epoch then {schema}.refuse('epoch', u.member, u.item, coalesce(o.epoch, 0), '')
                     when not u.forced and u.owner is not null and o.owner <> u.owner and n.node is not null then {schema}.refuse('owned', u.member, u.item, 0, o.owner)
                     else greatest(coalesce(o.epoch, 0), coalesce(o.last_epoch, 0)) + 1 end,
                coalesce(o.last_epoch, 0), u.owner, u.data, true
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) u (member, item, name, partition, epoch, owner, forced, data)
            left join lateral (select c.epoch, c.last_epoch, c.owner from {schema}.checkpoints c where c.name = u.name and c.partition = u.partition limit 1) o on true
            left join lateral (select n.node from {schema}.nodes n where n.node = o.owner and n.alive_until > clock_timestamp() limit 1) n on true
            on conflict (name, partition) do update set epoch = excluded.epoch, owner = excluded.owner, data = coalesce(excluded.data, c.data), present = true
            """);
        _members = _rows.Column<int>(NpgsqlDbType.Integer);
        _items = _rows.Column<int>(NpgsqlDbType.Integer);
        _names = _rows.Column<string>(NpgsqlDbType.Text);
        _partitions = _rows.Column<int>(NpgsqlDbType.Integer);
        _epochs = _rows.Column<long>(NpgsqlDbType.Bigint);
        _owners = _rows.Column<string?>(NpgsqlDbType.Text);
        _forced = _rows.Column<bool>(NpgsqlDbType.Boolean);
        _data = _rows.Column<string?>(NpgsqlDbType.Text);
    }

    public override void Clear() => _rows.Clear();

    public override void Add(Commit commit, int member)
    {
        for (var item = 0; item < commit.Leases.Count; item++)
        {
            var lease = commit.Leases[item];
            _members.Add(member);
            _items.Add(item);
            _names.Add(lease.Key.Name);
            _partitions.Add(lease.Key.Partition);
            _epochs.Add(lease.ExpectedEpoch);
            _owners.Add(lease.Owner);
            _forced.Add(lease.Force);
            _data.Add(lease.Data);
        }
    }

    public override void AddTo(BatchCommands commands) => commands.Add(_rows);
}
