// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.generate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Text with `{{name}}` for a string and, alone on a line, `%for name in list`, `%if flag`, `%else`
/// and `%end`. Inside a loop the names of its current element hide those outside.
final class Template {
  private static final Pattern NAME = Pattern.compile("\\{\\{(.+?)}}");

  private final List<String> lines;

  Template(List<String> lines) {
    this.lines = List.copyOf(lines);
  }

  /// The lines under these names, each ended by a line feed.
  ///
  /// @param scope strings, flags (`Boolean`) and lists of scopes by name
  /// @throws IllegalArgumentException if a name is unknown or a block has no end
  String expand(Map<String, ?> scope) {
    StringBuilder text = new StringBuilder();
    expand(0, lines.size(), new HashMap<>(scope), text);
    return text.toString();
  }

  private void expand(int from, int to, Map<String, Object> scope, StringBuilder text) {
    for (int at = from; at < to; at++) {
      String line = lines.get(at);
      if (line.startsWith("%for ")) {
        int end = endOf(at);
        for (Map<String, ?> element : elements(scope, line.substring(line.indexOf(" in ") + 4))) {
          Map<String, Object> inner = new HashMap<>(scope);
          inner.putAll(element);
          expand(at + 1, end, inner, text);
        }
        at = end;
      } else if (line.startsWith("%if ")) {
        int end = endOf(at);
        int otherwise = elseOf(at, end);
        if (lookUp(scope, line.substring(4)).equals(true)) {
          expand(at + 1, otherwise, scope, text);
        } else {
          expand(Math.min(otherwise + 1, end), end, scope, text);
        }
        at = end;
      } else {
        text.append(NAME.matcher(line).replaceAll(name -> string(scope, name))).append('\n');
      }
    }
  }

  private int endOf(int start) {
    int depth = 0;
    for (int at = start; at < lines.size(); at++) {
      String line = lines.get(at);
      if (line.startsWith("%for ") || line.startsWith("%if ")) {
        depth++;
      } else if (line.equals("%end") && --depth == 0) {
        return at;
      }
    }
    throw new IllegalArgumentException("line %d: block without %%end".formatted(start + 1));
  }

  /// Where the branch taken ends: at its `%else`, or at the end of the block.
  private int elseOf(int start, int end) {
    Deque<Integer> open = new ArrayDeque<>();
    for (int at = start; at < end; at++) {
      String line = lines.get(at);
      if (line.startsWith("%for ") || line.startsWith("%if ")) {
        open.push(at);
      } else if (line.equals("%end")) {
        open.pop();
      } else if (line.equals("%else") && open.size() == 1) {
        return at;
      }
    }
    return end;
  }

  private static List<Map<String, ?>> elements(Map<String, Object> scope, String name) {
    List<Map<String, ?>> elements = new ArrayList<>();
    for (Object element : (List<?>) lookUp(scope, name)) {
      Map<String, Object> named = new HashMap<>();
      ((Map<?, ?>) element).forEach((key, value) -> named.put((String) key, value));
      elements.add(named);
    }
    return elements;
  }

  private static String string(Map<String, Object> scope, MatchResult name) {
    return lookUp(scope, name.group(1)).toString();
  }

  private static Object lookUp(Map<String, Object> scope, String name) {
    Object value = scope.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the template uses an unknown name '%s'".formatted(name));
    }
    return value;
  }
}
