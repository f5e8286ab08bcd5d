// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

import dev.quench.graph.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Some nodes of a model, chosen by name or operator.
///
/// A pattern is one of
///
/// - `glob:encoder/*/Conv` or just `encoder/*/Conv`: a whole name, where `*` stands for any
///   characters, `/` among them, and `?` for one;
/// - `regex:.*attn\d+.*`: a regular expression that matches the whole name;
/// - `op:Softmax`: every node of that operator; other domains as `op:com.example.Mystery`.
///
/// A node without a name has that of its first output, as in messages. Every option and method that
/// names nodes takes this language. Immutable, thread-safe.
public final class NodeSelection {
  /// No node.
  public static final NodeSelection NONE = new NodeSelection(List.of(), List.of());

  /// Every node.
  public static final NodeSelection ALL = new NodeSelection(List.of("*"), List.of());

  private final List<String> included;
  private final List<String> excluded;
  private final List<Predicate<Node>> includes;
  private final List<Predicate<Node>> excludes;

  private NodeSelection(List<String> included, List<String> excluded) {
    this.included = List.copyOf(included);
    this.excluded = List.copyOf(excluded);
    this.includes = this.included.stream().map(NodeSelection::parse).toList();
    this.excludes = this.excluded.stream().map(NodeSelection::parse).toList();
  }

  /// The nodes that any of `patterns` matches.
  ///
  /// @throws IllegalArgumentException if a pattern is empty or not a valid regular expression
  public static NodeSelection of(List<String> patterns) {
    return new NodeSelection(patterns, List.of());
  }

  /// The nodes that any of `included` matches and none of `excluded`.
  ///
  /// @param included empty for every node
  /// @throws IllegalArgumentException if a pattern is empty or not a valid regular expression
  public static NodeSelection of(List<String> included, List<String> excluded) {
    return new NodeSelection(included.isEmpty() ? List.of("*") : included, excluded);
  }

  /// These nodes and those that any of `patterns` matches.
  ///
  /// @throws IllegalArgumentException as [#of] does
  public NodeSelection and(Collection<String> patterns) {
    List<String> all = new ArrayList<>(included);
    all.addAll(patterns);
    return new NodeSelection(all, excluded);
  }

  /// The pattern that matches one name alone.
  public static String patternOf(String name) {
    return "regex:" + Pattern.quote(name);
  }

  public boolean isEmpty() {
    return includes.isEmpty();
  }

  public boolean contains(Node node) {
    return includes.stream().anyMatch(each -> each.test(node))
        && excludes.stream().noneMatch(each -> each.test(node));
  }

  private static Predicate<Node> parse(String pattern) {
    int colon = pattern.indexOf(':');
    String kind = colon < 0 ? "" : pattern.substring(0, colon);
    String text = pattern.substring(colon + 1);
    return switch (kind) {
      case "regex" -> byName(regex(requireText(pattern, text)));
      case "op" -> {
        String operator = requireText(pattern, text);
        yield node -> operator(node).equals(operator);
      }
      case "glob" -> byName(glob(requireText(pattern, text)));
      // Names may hold colons themselves.
      default -> byName(glob(requireText(pattern, pattern)));
    };
  }

  private static String requireText(String pattern, String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "node pattern '%s' is empty; expected a name with * and ?, regex:EXPRESSION or op:TYPE"
              .formatted(pattern));
    }
    return text;
  }

  private static Predicate<Node> byName(Pattern pattern) {
    return node -> pattern.matcher(name(node)).matches();
  }

  private static String name(Node node) {
    return node.name().isEmpty() ? node.output(0).name() : node.name();
  }

  private static String operator(Node node) {
    return (node.domain().isEmpty() ? "" : node.domain() + ".") + node.opType();
  }

  private static Pattern regex(String expression) {
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "node pattern '%s': expected a regular expression: %s"
              .formatted(expression, e.getDescription()),
          e);
    }
  }

  private static Pattern glob(String text) {
    StringBuilder expression = new StringBuilder();
    text.chars()
        .forEach(character ->
            expression.append(
                switch (character) {
                  case '*' -> ".*";
                  case '?' -> ".";
                  default -> Pattern.quote(String.valueOf((char) character));
                }));
    return Pattern.compile(expression.toString(), Pattern.DOTALL);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NodeSelection that
        && included.equals(that.included)
        && excluded.equals(that.excluded);
  }

  @Override
  public int hashCode() {
    return Objects.hash(included, excluded);
  }

  @Override
  public String toString() {
    return included + (excluded.isEmpty() ? "" : " without " + excluded);
  }
}
