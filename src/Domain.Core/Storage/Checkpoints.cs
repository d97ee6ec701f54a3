namespace Protean.Storage;

/// <summary>What a checkpoint is kept under: a durable name and a partition. Partition -1 is the subscription as a whole.</summary>
/// <param name="Name">The durable name, 1 to 200 characters.</param>
/// <param name="Partition">The partition.</param>
public readonly record struct CheckpointKey(string Name, int Partition = 0);

/// <summary>How far a subscription has come, and who may move it.</summary>
/// <param name="Key">What it is kept under.</param>
/// <param name="Position">The last global position that is done with.</param>
/// <param name="Epoch">Grows by one with every change of owner; whoever moves the checkpoint must know it.</param>
/// <param name="Owner">The node that holds it; none when it is free.</param>
/// <param name="OwnerAlive">Whether the owner's heartbeat has not run out, by the store's clock.</param>
/// <param name="Data">What the owner keeps beside it, such as the number of partitions or the types it handles.</param>
public sealed record Checkpoint(CheckpointKey Key, long Position, long Epoch, string? Owner, bool OwnerAlive, string? Data);

/// <summary>Moves, asserts or removes a checkpoint. Refused unless position and epoch are as expected.</summary>
/// <param name="Key">The checkpoint. One that does not exist stands at position 0 with epoch 0 and is made by its first move.</param>
/// <param name="ExpectedPosition">Where it stands.</param>
/// <param name="Position">Where it goes. The same as expected asserts that it stands there.</param>
/// <param name="Epoch">The epoch under which the caller owns it; 0 for one that was never owned.</param>
/// <param name="Remove">Removes it instead.</param>
/// <param name="Data">What is kept beside it from now on; none leaves it as it is.</param>
public readonly record struct CheckpointMove(
    CheckpointKey Key, long ExpectedPosition, long Position, long Epoch, bool Remove = false, string? Data = null);

/// <summary>
/// Takes, hands over or releases a checkpoint: compares the epoch and gives the next one. The epochs of a key never come back, not even after
/// its checkpoint was removed and made anew.
/// </summary>
/// <param name="Key">The checkpoint; it is made, at position 0, if it does not exist.</param>
/// <param name="ExpectedEpoch">The epoch that was read; 0 for a checkpoint that does not exist.</param>
/// <param name="Owner">The new owner; none releases it.</param>
/// <param name="Force">Takes it even from an owner that is alive. Without it, a live owner other than the new one refuses the change; a release is always free to happen.</param>
/// <param name="Data">What is kept beside it from now on; none leaves it as it is.</param>
public readonly record struct LeaseChange(CheckpointKey Key, long ExpectedEpoch, string? Owner, bool Force = false, string? Data = null);

/// <summary>A node that says it is alive.</summary>
/// <param name="Node">Its name, unique among the processes that share the store.</param>
/// <param name="Lifetime">How long it counts as alive from now, by the store's clock. Zero signs it off.</param>
/// <param name="Data">What it tells the others.</param>
public readonly record struct Heartbeat(string Node, TimeSpan Lifetime, string? Data = null);

/// <summary>A node that was heard of.</summary>
/// <param name="Node">Its name.</param>
/// <param name="AliveUntil">When its last heartbeat runs out, by the store's clock.</param>
/// <param name="Alive">Whether it has not run out.</param>
/// <param name="Data">What it tells the others.</param>
public sealed record NodeStatus(string Node, DateTimeOffset AliveUntil, bool Alive, string? Data);
