using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Commits with ids of their own: refused when they are there already, and kept with their results.</summary>
internal sealed class CommitIdSection : Section
{
    private readonly RowsCommand _checks;
    private readonly (List<int> Members, List<Guid> Ids) _checked;
    private readonly RowsCommand _writes;
    private readonly (List<Guid> Ids, List<long> MessagesAfter, List<long> Messages) _written;
    private readonly List<string> _offsets;

    public CommitIdSection(string schema)
    {
        _checks = new($"select {schema}.refuse('commit', u.member, 0, 0, '') from unnest($1, $2) u (member, id) where exists (select from {schema}.commits c where c.id = u.id)");
        _checked = (_checks.Column<int>(NpgsqlDbType.Integer), _checks.Column<Guid>(NpgsqlDbType.Uuid));

        // Positions are counted back from the end of the batch, whose messages are all written by now. The places of the first messages of
        // the appends stand in a text, since arrays of arrays cannot differ in length.
        _writes = new($"""
            insert into {schema}.commits (id, head_before, first_position, head, stream_positions)
            select u.id, h.head - u.after - u.messages, case when u.messages = 0 then 0 else h.head - u.after - u.messages + 1 end, h.head - u.after,
                array(select m.position from unnest(u.offsets::bigint[]) with ordinality p (place, ord)
                      join {schema}.messages m on m.global_position = h.head - u.after - u.messages + 1 + p.place order by p.ord)
            from unnest($1, $2, $3, $4) u (id, after, messages, offsets)
            cross join (select coalesce((select max(global_position) from {schema}.messages), 0) as head) h
            """);
        _written = (_writes.Column<Guid>(NpgsqlDbType.Uuid), _writes.Column<long>(NpgsqlDbType.Bigint), _writes.Column<long>(NpgsqlDbType.Bigint));
        _offsets = _writes.Column<string>(NpgsqlDbType.Text);
    }

    public override void Clear()
    {
        _checks.Clear();
        _writes.Clear();
    }

    public override void Add(Commit commit, int member)
    {
        var count = 0L;
        var offsets = commit.Id is null ? null : new List<long>();
        for (var i = 0; i < commit.Appends.Count; i++)
        {
            offsets?.Add(count);
            count += commit.Appends[i].Messages.Count;
        }

        for (var i = 0; i < _written.MessagesAfter.Count; i++)
            _written.MessagesAfter[i] += count;
        if (commit.Id is not { } id)
            return;
        _checked.Members.Add(member);
        _checked.Ids.Add(id);
        _written.Ids.Add(id);
        _written.MessagesAfter.Add(0);
        _written.Messages.Add(count);
        _offsets.Add($"{{{string.Join(',', offsets!)}}}");
    }

    /// <summary>Goes first: what is there already must not be refused for something else.</summary>
    public void AddChecksTo(BatchCommands commands) => commands.Add(_checks, Answer.Ignored);

    public override void AddTo(BatchCommands commands) => commands.Add(_writes);
}
