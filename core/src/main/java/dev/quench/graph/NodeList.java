// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;

/// The nodes of a graph in order, in blocks of bounded length; each node knows its block. Inserting
/// beside a node and removing one take time proportional to the block length and the number of
/// blocks, not to the number of nodes. Several threads may read while none edits.
final class NodeList extends AbstractList<Node> {
  /// Longer blocks are split in two.
  private static final int LIMIT = 512;

  /// A run of consecutive nodes; `offset` counts the nodes in earlier blocks, `index` those blocks.
  static final class Block {
    private final ArrayList<Node> nodes = new ArrayList<>();
    private int index;
    private int offset;
  }

  private final List<Block> blocks = new ArrayList<>();
  private int size;

  /// Blocks from here on have offsets that are out of date. Volatile, as threads may read a list
  /// that nobody edits: whoever sees it sees the offsets before it.
  private volatile int settled;

  @Override
  public int size() {
    return size;
  }

  @Override
  public Node get(int position) {
    Block block = blockAt(Objects.checkIndex(position, size));
    return block.nodes.get(position - block.offset);
  }

  /// Whether `node` is in this list.
  boolean holds(Node node) {
    Block block = node.block;
    return block != null && block.index < blocks.size() && blocks.get(block.index) == block;
  }

  @Override
  public int indexOf(Object node) {
    if (!(node instanceof Node member) || !holds(member)) {
      return -1;
    }
    settle();
    return blockOf(member).offset + blockOf(member).nodes.indexOf(member);
  }

  @Override
  public boolean contains(Object node) {
    return node instanceof Node member && holds(member);
  }

  void append(Node node) {
    if (blocks.isEmpty()) {
      addBlock(0, new Block());
    }
    Block last = blocks.getLast();
    insert(last, last.nodes.size(), node);
  }

  void addBefore(Node anchor, Node node) {
    insert(blockOf(anchor), blockOf(anchor).nodes.indexOf(anchor), node);
  }

  void addAfter(Node anchor, Node node) {
    insert(blockOf(anchor), blockOf(anchor).nodes.indexOf(anchor) + 1, node);
  }

  void removeNode(Node node) {
    Block block = blockOf(node);
    block.nodes.remove(block.nodes.lastIndexOf(node));
    node.block = null;
    size--;
    modCount++;
    settled = Math.min(settled, block.index + 1);
    if (block.nodes.isEmpty()) {
      blocks.remove(block.index);
      renumber(block.index);
    }
  }

  /// Puts the same nodes into another order.
  void reorder(List<Node> ordered) {
    blocks.clear();
    size = 0;
    settled = 0;
    ordered.forEach(this::append);
    modCount++;
  }

  @Override
  public Iterator<Node> iterator() {
    return new Forward();
  }

  private static Block blockOf(Node node) {
    return Objects.requireNonNull(node.block, "the node belongs to no graph");
  }

  private void insert(Block block, int at, Node node) {
    block.nodes.add(at, node);
    node.block = block;
    size++;
    modCount++;
    settled = Math.min(settled, block.index + 1);
    if (block.nodes.size() > LIMIT) {
      cut(block);
    }
  }

  /// A full block at the end stays full: nodes that are appended one by one fill the blocks.
  private void cut(Block block) {
    boolean last = block.index == blocks.size() - 1;
    List<Node> moved = block.nodes.subList(last ? LIMIT : LIMIT / 2, block.nodes.size());
    Block next = new Block();
    next.nodes.addAll(moved);
    moved.clear();
    next.nodes.forEach(node -> node.block = next);
    addBlock(block.index + 1, next);
  }

  private void addBlock(int index, Block block) {
    blocks.add(index, block);
    renumber(index);
  }

  private void renumber(int from) {
    for (int i = from; i < blocks.size(); i++) {
      blocks.get(i).index = i;
    }
    settled = Math.min(settled, from);
  }

  private void settle() {
    int from = settled;
    if (from == blocks.size()) {
      return;
    }
    // Threads that come here together find and write the same offsets.
    for (int i = from; i < blocks.size(); i++) {
      Block before = i == 0 ? null : blocks.get(i - 1);
      blocks.get(i).offset = before == null ? 0 : before.offset + before.nodes.size();
    }
    settled = blocks.size();
  }

  private Block blockAt(int position) {
    settle();
    int low = 0;
    int high = blocks.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (blocks.get(middle).offset <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return blocks.get(low);
  }

  private final class Forward implements Iterator<Node> {
    private final int expected = modCount;
    private int block;
    private int next;

    @Override
    public boolean hasNext() {
      return block < blocks.size();
    }

    @Override
    public Node next() {
      if (modCount != expected) {
        throw new ConcurrentModificationException(
            "the graph was edited while its nodes were iterated over; iterate over a copy");
      }
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      List<Node> nodes = blocks.get(block).nodes;
      Node node = nodes.get(next++);
      if (next == nodes.size()) {
        block++;
        next = 0;
      }
      return node;
    }
  }
}
