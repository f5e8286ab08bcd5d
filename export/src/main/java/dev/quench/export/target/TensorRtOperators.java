// SPDX-License-Identifier: Apache-2.0
package dev.quench.export.target;

import dev.quench.tensor.DataType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The table of operators that TensorRT's ONNX parser imports, and with which element types.
///
/// @param types by operator; an empty set for known operators that are not imported
public record TensorRtOperators(Map<String, Set<DataType>> types) {
  private static final String RESOURCE = "tensorrt-operators.txt";
  private static final String NONE = "unsupported";

  public TensorRtOperators {
    types = Map.copyOf(types);
  }

  /// The element types that an operator may have; empty if the table does not list it.
  public Optional<Set<DataType>> find(String opType) {
    return Optional.ofNullable(types.get(opType));
  }

  public static TensorRtOperators load() {
    Map<String, Set<DataType>> types = new HashMap<>();
    try (InputStream stream = TensorRtOperators.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing");
      }
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
      reader
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(line -> parse(line, types));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new TensorRtOperators(types);
  }

  private static void parse(String line, Map<String, Set<DataType>> types) {
    int colon = line.indexOf(':');
    String names = line.substring(0, colon).strip();
    Set<DataType> allowed =
        names.equals(NONE)
            ? Set.of()
            : Arrays.stream(names.split(" ", -1))
                .map(DataType::valueOf)
                .collect(Collectors.toUnmodifiableSet());
    for (String opType : line.substring(colon + 1).strip().split(" ", -1)) {
      types.put(opType, allowed);
    }
  }
}
