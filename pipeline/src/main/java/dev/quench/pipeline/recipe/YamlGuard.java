// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe;

import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads the plain part of YAML 1.2 that a recipe needs: one document of mappings, lists and
/// scalars; no tags, no anchors, no deep nesting. Makes no objects of what it reads.
final class YamlGuard {
  private static final int MOST_LEVELS = 8;

  private YamlGuard() {}

  /// @return the document's root
  /// @throws RecipeSyntaxException with the line of what is not allowed
  static Node read(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setCodePointLimit(text.length() + 1)
            .build();
    try {
      int documents = 0;
      int level = 0;
      for (Event event : new Parse(settings).parseString(text)) {
        int line = line(event.getStartMark());
        switch (event) {
          case DocumentStartEvent _ -> documents++;
          case AliasEvent _ ->
              throw new RecipeSyntaxException(line, "got an alias, expected plain values");
          case CollectionStartEvent start -> {
            refuse(start, start.getTag(), line);
            level++;
          }
          case ScalarEvent scalar -> refuse(scalar, scalar.getTag(), line);
          default -> {
            if (event.getEventId() == Event.ID.MappingEnd
                || event.getEventId() == Event.ID.SequenceEnd) {
              level--;
            }
          }
        }
        if (level > MOST_LEVELS) {
          throw new RecipeSyntaxException(line, "nested deeper than any recipe is");
        }
        if (documents > 1) {
          throw new RecipeSyntaxException(line, "got a second document, expected one");
        }
      }
      return new Compose(settings)
          .composeString(text)
          .orElseThrow(() -> new RecipeSyntaxException(1, "the file is empty; expected steps:"));
    } catch (MarkedYamlEngineException e) {
      throw new RecipeSyntaxException(line(e.getProblemMark()), "not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new RecipeSyntaxException(
          1, "not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static <T> void refuse(NodeEvent event, Optional<T> tag, int line) {
    if (tag.isPresent()) {
      throw new RecipeSyntaxException(
          line, "got the type tag %s, expected plain values".formatted(tag.get()));
    }
    if (event.getAnchor().isPresent()) {
      throw new RecipeSyntaxException(line, "got an anchor, expected plain values");
    }
  }

  /// From 1.
  static int line(Optional<Mark> mark) {
    return mark.map(Mark::getLine).orElse(0) + 1;
  }
}
