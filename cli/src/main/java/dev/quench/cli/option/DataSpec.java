// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.Printable;
import dev.quench.cli.converter.Shapes;
import dev.quench.data.source.DataSource;
import dev.quench.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/// What `--data` names.
sealed interface DataSpec {
  /// For help and messages.
  String KNOWN = "demo, demo-train, " + DataSource.KNOWN + ", random:SHAPE";

  /// The bundled images: tests, or those for training.
  record Demo(boolean training) implements DataSpec {}

  /// Files in one of many forms.
  record Stored(DataSource source) implements DataSpec {}

  /// @param shapes by input name, samples along axis 0; the one under the empty name is for a
  ///   model's only input
  record Noise(Map<String, Shape> shapes) implements DataSpec {
    public Noise {
      shapes = Map.copyOf(shapes);
    }
  }

  /// Whether mean, deviation and factor of a model's metadata, or of the options, make its inputs.
  default boolean isNormalizedByModel() {
    return switch (this) {
      case Demo _ -> true;
      case Stored(DataSource.Idx _) -> true;
      case Stored(DataSource.Cifar10 _) -> true;
      case Stored(DataSource.Svhn _) -> true;
      case Stored _, Noise _ -> false;
    };
  }

  /// Reads the text of the option.
  ///
  /// @throws IllegalArgumentException for any other text, listing the known data
  static DataSpec parse(String text) {
    if (DataSource.isKnown(text)) {
      return new Stored(DataSource.parse(text));
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    return switch (kind) {
      case "demo" -> demo(text, rest, false);
      case "demo-train" -> demo(text, rest, true);
      case "random" -> noise(text, rest);
      default -> throw unknown(text, "is not known");
    };
  }

  private static DataSpec demo(String text, String rest, boolean training) {
    if (!rest.isEmpty()) {
      throw unknown(text, "takes nothing after its name");
    }
    return new Demo(training);
  }

  private static DataSpec noise(String text, String rest) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (String part : rest.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? "" : part.substring(0, equals);
      Shape shape = Shapes.parse(part.substring(equals + 1));
      if (shape.rank() == 0) {
        throw unknown(text, "needs a shape whose first number counts the samples");
      }
      if (shapes.put(name, shape) != null) {
        throw unknown(text, "names an input twice");
      }
    }
    return new Noise(shapes);
  }

  private static IllegalArgumentException unknown(String text, String problem) {
    return new IllegalArgumentException(
        "data '" + Printable.escape(text) + "' " + problem + "; expected " + KNOWN);
  }
}
