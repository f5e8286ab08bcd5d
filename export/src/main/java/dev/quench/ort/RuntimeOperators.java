// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import dev.quench.graph.Node;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The operators that ONNX Runtime registers for the CPU, from `operators.txt`. Immutable.
final class RuntimeOperators {
  private static final String RESOURCE = "operators.txt";
  private static final String ONNX_DOMAIN = "ai.onnx";

  record Operator(String domain, String opType) {}

  private static final Set<Operator> ALL = read();

  private RuntimeOperators() {}

  /// Whether ONNX Runtime lists the operator of `node`, in whatever version.
  static boolean has(Node node) {
    return ALL.contains(new Operator(node.domain(), node.opType()));
  }

  static Set<Operator> all() {
    return ALL;
  }

  private static Set<Operator> read() {
    Set<Operator> operators = new HashSet<>();
    for (String line : lines()) {
      int colon = line.indexOf(':');
      String domain = line.substring(0, colon);
      for (String opType : line.substring(colon + 1).strip().split(" ", -1)) {
        operators.add(new Operator(domain.equals(ONNX_DOMAIN) ? "" : domain, opType));
      }
    }
    return Set.copyOf(operators);
  }

  private static List<String> lines() {
    try (InputStream in = RuntimeOperators.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing beside " + RuntimeOperators.class);
      }
      Stream<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines();
      return lines.filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
