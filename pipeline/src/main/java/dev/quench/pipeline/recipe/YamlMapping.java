// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A mapping of a recipe, with the lines of its keys.
///
/// @param line of its start
/// @param entries by key, in the order of the file
record YamlMapping(int line, Map<String, Entry> entries) {
  /// @param line of the key
  record Entry(int line, Node value) {}

  /// @throws RecipeSyntaxException unless the node is a mapping of plain keys, each given once
  static YamlMapping of(Node node, String expected) {
    int line = YamlGuard.line(node.getStartMark());
    if (!(node instanceof MappingNode mapping)) {
      throw new RecipeSyntaxException(line, "expected " + expected);
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      int keyLine = YamlGuard.line(tuple.getKeyNode().getStartMark());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new RecipeSyntaxException(keyLine, "expected a word before the colon");
      }
      if (entries.put(key.getValue(), new Entry(keyLine, tuple.getValueNode())) != null) {
        throw new RecipeSyntaxException(keyLine, "'%s' is given twice".formatted(key.getValue()));
      }
    }
    return new YamlMapping(line, entries);
  }

  /// @throws RecipeSyntaxException unless the entry is a scalar with a value
  static String scalar(String key, Entry entry) {
    if (entry.value() instanceof ScalarNode scalar
        && !scalar.getTag().equals(Tag.NULL)
        && !scalar.getValue().isBlank()) {
      return scalar.getValue();
    }
    throw new RecipeSyntaxException(
        entry.line(), "'%s' expects one value behind the colon".formatted(key));
  }
}
