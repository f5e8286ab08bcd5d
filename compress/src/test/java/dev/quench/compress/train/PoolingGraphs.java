// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.graph.NodeBuilder;
import dev.quench.testing.GraphMaker;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;

/// Poolings, with every form of padding.
final class PoolingGraphs {
  private PoolingGraphs() {}

  static void add(Map<String, Consumer<GraphMaker>> graphs) {
    for (String type : new String[] {"MaxPool", "AveragePool"}) {
      pool(
          graphs,
          type,
          "plain",
          NodeBuilder.of(type).ints("kernel_shape", 2, 2).ints("strides", 2, 2));
      pool(
          graphs,
          type,
          "padded",
          NodeBuilder.of(type)
              .ints("kernel_shape", 3, 3)
              .ints("strides", 2, 2)
              .ints("pads", 1, 1, 1, 1));
      pool(
          graphs,
          type,
          "asymmetric",
          NodeBuilder.of(type)
              .ints("kernel_shape", 3, 2)
              .ints("strides", 2, 1)
              .ints("pads", 0, 1, 1, 0));
      pool(
          graphs,
          type,
          "ceiling",
          NodeBuilder.of(type)
              .ints("kernel_shape", 3, 3)
              .ints("strides", 2, 2)
              .attribute("ceil_mode", 1));
      pool(
          graphs,
          type,
          "ceiling padded",
          NodeBuilder.of(type)
              .ints("kernel_shape", 3, 3)
              .ints("strides", 2, 2)
              .ints("pads", 1, 1, 1, 1)
              .attribute("ceil_mode", 1));
      for (int[] end : new int[][] {{2, 2}, {0, 1}, {1, 0}}) {
        pool(
            graphs,
            type,
            "ceiling asymmetric " + end[0],
            NodeBuilder.of(type)
                .ints("kernel_shape", 3, 3)
                .ints("strides", 3, 3)
                .ints("pads", 0, 1, end[0], end[1])
                .attribute("ceil_mode", 1));
      }
      pool(
          graphs,
          type,
          "SAME_UPPER",
          NodeBuilder.of(type)
              .ints("kernel_shape", 3, 2)
              .ints("strides", 2, 2)
              .attribute("auto_pad", "SAME_UPPER"));
      pool(
          graphs,
          type,
          "SAME_LOWER",
          NodeBuilder.of(type)
              .ints("kernel_shape", 2, 2)
              .ints("strides", 1, 2)
              .attribute("auto_pad", "SAME_LOWER"));
    }
    pool(
        graphs,
        "MaxPool",
        "dilated",
        NodeBuilder.of("MaxPool").ints("kernel_shape", 2, 3).ints("dilations", 2, 2));
    for (int[] pads : new int[][] {{1, 1, 1, 1}, {0, 1, 1, 0}}) {
      pool(
          graphs,
          "AveragePool",
          "counting pads " + pads[0],
          NodeBuilder.of("AveragePool")
              .ints("kernel_shape", 3, 3)
              .ints("strides", 2, 2)
              .ints("pads", pads[0], pads[1], pads[2], pads[3])
              .attribute("count_include_pad", 1));
    }
    pool(
        graphs,
        "AveragePool",
        "counting pads ceiling",
        NodeBuilder.of("AveragePool")
            .ints("kernel_shape", 3, 3)
            .ints("strides", 3, 3)
            .ints("pads", 0, 0, 2, 2)
            .attribute("ceil_mode", 1)
            .attribute("count_include_pad", 1));
    for (long[] pads : new long[][] {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 2, 1, 0}}) {
      for (int countPads = 0; countPads < 2; countPads++) {
        for (int ceiling = 0; ceiling < 2; ceiling++) {
          pool(
              graphs,
              "AveragePool",
              "dilated %s %d %d".formatted(Arrays.toString(pads), countPads, ceiling),
              NodeBuilder.of("AveragePool")
                  .ints("kernel_shape", 2, 3)
                  .ints("strides", 2, 3)
                  .ints("dilations", 2, 2)
                  .ints("pads", pads)
                  .attribute("ceil_mode", ceiling)
                  .attribute("count_include_pad", countPads));
        }
      }
    }
    for (String type : new String[] {"MaxPool", "AveragePool"}) {
      for (long[] pads : new long[][] {{0, 0}, {1, 1}, {0, 2}}) {
        NodeBuilder node =
            NodeBuilder.of(type)
                .ints("kernel_shape", 3)
                .ints("strides", 2)
                .ints("pads", pads)
                .attribute("ceil_mode", pads[1] / 2);
        graphs.put(
            "%s of one axis %s".formatted(type, Arrays.toString(pads)),
            f -> f.outputs(f.add(node, "y", f.input("x", 2, 3, 8))));
      }
    }
    for (String type : new String[] {"GlobalAveragePool", "GlobalMaxPool"}) {
      graphs.put(type, f -> f.outputs(f.add(type, "y", f.input("x", 2, 3, 5, 4))));
    }
  }

  private static void pool(
      Map<String, Consumer<GraphMaker>> graphs, String type, String name, NodeBuilder node) {
    graphs.put(type + " " + name, f -> f.outputs(f.add(node, "y", f.input("x", 2, 3, 8, 9))));
  }
}
