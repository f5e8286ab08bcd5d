// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

import dev.quench.graph.AttributeValue;
import dev.quench.graph.op.AttributeSpec.Kind;
import dev.quench.graph.op.OpSchema.Parameter;
import dev.quench.graph.op.OpSchema.Parameter.Presence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.TreeMap;

/// Collects schemas written as lines of text.
///
/// Signature: `X W B? -> Y`; `?` marks what may be missing, `+` what may be repeated, `*` what may
/// be repeated or missing. Attributes: `group:i=1 kernel_shape:is to:i!`; the letters are those of
/// [Kind], `!` marks required ones, `=` gives the default (lists with commas).
final class SchemaTable {
  private final Map<String, NavigableMap<Integer, OpSchema>> schemas = new LinkedHashMap<>();

  /// The opsets in which an operator changed but kept this form.
  static int[] since(int... versions) {
    return versions;
  }

  void add(String opType, int[] since, String signature, String attributes, InferenceRule rule) {
    int arrow = signature.indexOf("->");
    List<Parameter> inputs = parameters(signature.substring(0, arrow));
    List<Parameter> outputs = parameters(signature.substring(arrow + 2));
    Map<String, AttributeSpec> specs = attributes(attributes);
    for (int version : since) {
      OpSchema former =
          schemas
              .computeIfAbsent(opType, _ -> new TreeMap<>())
              .put(version, new OpSchema("", opType, version, inputs, outputs, specs, rule));
      if (former != null) {
        throw new IllegalStateException("operator " + former + " is listed twice");
      }
    }
  }

  /// Adds operators that differ only in their name; `opTypes` is separated by spaces.
  void addAll(
      String opTypes, int[] since, String signature, String attributes, InferenceRule rule) {
    for (String opType : words(opTypes)) {
      add(opType, since, signature, attributes, rule);
    }
  }

  Map<String, NavigableMap<Integer, OpSchema>> schemas() {
    return schemas;
  }

  private static List<Parameter> parameters(String text) {
    List<Parameter> parameters = new ArrayList<>();
    for (String word : words(text)) {
      Presence presence =
          switch (word.charAt(word.length() - 1)) {
            case '?' -> Presence.OPTIONAL;
            case '+' -> Presence.REPEATED;
            case '*' -> Presence.ANY_NUMBER;
            default -> Presence.REQUIRED;
          };
      String name = presence == Presence.REQUIRED ? word : word.substring(0, word.length() - 1);
      parameters.add(new Parameter(name, presence));
    }
    return parameters;
  }

  private static Map<String, AttributeSpec> attributes(String text) {
    Map<String, AttributeSpec> specs = new LinkedHashMap<>();
    for (String word : words(text)) {
      int colon = word.indexOf(':');
      String name = word.substring(0, colon);
      boolean required = word.endsWith("!");
      int equals = word.indexOf('=');
      int end = equals >= 0 ? equals : required ? word.length() - 1 : word.length();
      Kind kind = Kind.ofLetters(word.substring(colon + 1, end));
      Optional<AttributeValue> defaultValue =
          equals < 0 ? Optional.empty() : Optional.of(parse(kind, word.substring(equals + 1)));
      specs.put(name, new AttributeSpec(name, kind, required, defaultValue));
    }
    return specs;
  }

  private static AttributeValue parse(Kind kind, String text) {
    return switch (kind) {
      case INT -> AttributeValue.of(Long.parseLong(text));
      case FLOAT -> AttributeValue.of(Float.parseFloat(text));
      case TEXT -> AttributeValue.of(text);
      case INTS ->
          AttributeValue.ofInts(
              Arrays.stream(text.split(",", -1)).mapToLong(Long::parseLong).toArray());
      case TENSOR, SPARSE_TENSOR, GRAPH, TYPE, FLOATS, TEXTS ->
          throw new IllegalArgumentException(
              "an attribute of kind " + kind + " cannot have a default");
    };
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(text);
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    return words;
  }
}
