// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NodeListTest {
  private final Graph graph = new Graph("net", OpsetImports.onnx(13));
  private final Value x = graph.addInput("x", ValueType.tensor(DataType.FLOAT, Shape.of(2)));
  private int made;

  private NodeBuilder relu() {
    return NodeBuilder.of("Relu").inputs(x).output("y" + made++);
  }

  /// Of the whole process, for other work on the machine says nothing of this one.
  private static Duration processorTime(Runnable work) {
    ProcessHandle.Info before = ProcessHandle.current().info();
    Duration start = before.totalCpuDuration().orElse(Duration.ZERO);
    work.run();
    return ProcessHandle.current().info().totalCpuDuration().orElse(start).minus(start);
  }

  @Test
  void agreesWithAPlainListUnderRandomEdits() {
    SplittableRandom random = new SplittableRandom(5);
    List<Node> plain = new ArrayList<>();
    for (int step = 0; step < 6_000; step++) {
      int at = plain.isEmpty() ? 0 : random.nextInt(plain.size());
      switch (plain.isEmpty() ? 0 : random.nextInt(5)) {
        case 0, 1 -> plain.add(graph.append(relu()));
        case 2 -> plain.add(at, graph.insertBefore(plain.get(at), relu()));
        case 3 -> plain.add(at + 1, graph.insertAfter(plain.get(at), relu()));
        default -> graph.remove(plain.remove(at));
      }
      if (!plain.isEmpty()) {
        int asked = random.nextInt(plain.size());
        assertThat(graph.nodes().get(asked)).isSameAs(plain.get(asked));
        assertThat(graph.nodes().indexOf(plain.get(asked))).isEqualTo(asked);
      }
    }
    assertThat(plain).hasSizeGreaterThan(1_000);
    assertThat(graph.nodes()).containsExactlyElementsOf(plain);
    assertThat(graph.nodes().reversed()).containsExactlyElementsOf(plain.reversed());
  }

  /// Where the blocks begin is found anew by whoever reads first after an edit.
  @Test
  void threadsReadAGraphAtATime() throws Exception {
    int rounds = 3_000;
    for (int i = 0; i < 20_000; i++) {
      graph.append(relu());
    }
    Node last = graph.nodes().getLast();
    AtomicInteger edited = new AtomicInteger();
    AtomicInteger read = new AtomicInteger();
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Future<?> reader = other.submit(() -> readAfterEdits(rounds, edited, read, last));
      try {
        for (int round = 1; round <= rounds; round++) {
          graph.remove(graph.nodes().getFirst());
          edited.set(round);
          assertThat(graph.nodes().getLast()).isSameAs(last);
          await(read, round);
        }
      } finally {
        edited.set(rounds);
      }
      reader.get();
    }
  }

  private void readAfterEdits(int rounds, AtomicInteger edited, AtomicInteger read, Node last) {
    try {
      for (int round = 1; round <= rounds; round++) {
        await(edited, round);
        assertThat(graph.nodes().getLast()).isSameAs(last);
        read.set(round);
      }
    } finally {
      read.set(rounds);
    }
  }

  /// Spins, so that both go on at the same moment, but not for long where there is one processor.
  private static void await(AtomicInteger counter, int value) {
    for (int spins = 1; counter.get() < value; spins++) {
      if (spins % 10_000 == 0) {
        Thread.yield();
      } else {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void knowsItsOwnNodesOnly() {
    Node mine = graph.append(relu());
    Graph other = new Graph("other", OpsetImports.onnx(13));
    Value z = other.addInput("z", null);
    Node theirs = other.append(NodeBuilder.of("Relu").inputs(z).output("y"));

    assertThat(graph.nodes()).contains(mine).doesNotContain(theirs);
    assertThatThrownBy(() -> graph.insertBefore(theirs, relu()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not in graph 'net'");
  }

  @Test
  void refusesToGoOnAfterAnEdit() {
    graph.append(relu());
    graph.append(relu());

    assertThatThrownBy(() -> graph.nodes().forEach(_ -> graph.append(relu())))
        .isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void editsFiftyThousandNodesInLinearTime() {
    Duration taken =
        processorTime(() -> {
          for (int i = 0; i < 50_000; i++) {
            graph.append(relu());
          }
          for (Node node : List.copyOf(graph.nodes())) {
            graph.insertAfter(node, relu());
            graph.remove(node);
          }
        });
    assertThat(taken).isLessThan(Duration.ofSeconds(10));
    assertThat(graph.nodes()).hasSize(50_000);
  }

  @Test
  void renamesFiftyThousandValuesInTheirOrder() {
    Duration taken =
        processorTime(() -> {
          for (int i = 0; i < 50_000; i++) {
            graph.rename(graph.addConstant("c", Tensor.scalar((float) i)), "d" + i);
          }
        });
    assertThat(taken).isLessThan(Duration.ofSeconds(10));
    assertThat(graph.initializers()).hasSize(50_000);
    assertThat(graph.initializers().get(49_999).name()).isEqualTo("d49999");
    graph.rename(graph.value("d0").orElseThrow(), "first");
    assertThat(graph.initializers().getFirst().name()).isEqualTo("first");
  }
}
