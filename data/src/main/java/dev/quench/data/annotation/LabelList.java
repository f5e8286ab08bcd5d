// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A list of images with the class of each: CSV (`.csv`, or `.tsv` with tabs), with or without a
/// line of column names, or text with the class after the image, separated by a tab or the last
/// space.
///
/// @param entries in the order of the list
public record LabelList(List<Entry> entries) {
  private static final Set<String> FILE_COLUMNS =
      Set.of("file", "filename", "file_name", "image", "image_path", "path", "filepath");
  private static final Set<String> LABEL_COLUMNS =
      Set.of("label", "class", "class_name", "class_id", "category", "target");

  /// @param where the line, for messages
  /// @param image name of the image
  /// @param label name or number of the class
  record Entry(String where, String image, String label) {}

  /// @throws IOException if the file cannot be read
  /// @throws DataException naming the line that cannot be parsed
  public static LabelList read(Path file) throws IOException {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    List<String> lines = NameList.lines(file);
    return name.endsWith(".csv")
        ? new LabelList(columns(file, lines, ','))
        : name.endsWith(".tsv")
            ? new LabelList(columns(file, lines, '\t'))
            : new LabelList(words(file, lines));
  }

  private static List<Entry> words(Path file, List<String> lines) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty()) {
        continue;
      }
      int at = line.indexOf('\t') >= 0 ? line.indexOf('\t') : line.lastIndexOf(' ');
      entries.add(
          entry(
              file,
              i,
              at < 0 ? line : line.substring(0, at),
              at < 0 ? "" : line.substring(at + 1)));
    }
    return entries;
  }

  private static List<Entry> columns(Path file, List<String> lines, char separator) {
    List<Entry> entries = new ArrayList<>();
    int image = 0;
    int label = 1;
    boolean first = true;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      List<String> fields = fields(file, i, lines.get(i), separator);
      if (first) {
        first = false;
        List<String> names =
            fields.stream().map(name -> name.strip().toLowerCase(Locale.ROOT)).toList();
        int images = indexOf(names, FILE_COLUMNS);
        int labels = indexOf(names, LABEL_COLUMNS);
        if (images >= 0 && labels >= 0) {
          image = images;
          label = labels;
          continue;
        }
        if (fields.size() != 2) {
          throw new DataException(
              "%s line %d: %d columns; expected two, an image and its class, or a line of column names with one of %s and one of %s"
                  .formatted(
                      file,
                      i + 1,
                      fields.size(),
                      FILE_COLUMNS.stream().sorted().toList(),
                      LABEL_COLUMNS.stream().sorted().toList()));
        }
      }
      entries.add(
          entry(
              file,
              i,
              image < fields.size() ? fields.get(image) : "",
              label < fields.size() ? fields.get(label) : ""));
    }
    return entries;
  }

  private static int indexOf(List<String> names, Set<String> wanted) {
    for (int i = 0; i < names.size(); i++) {
      if (wanted.contains(names.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private static Entry entry(Path file, int line, String image, String label) {
    String where = file + " line " + (line + 1);
    if (image.isBlank() || label.isBlank()) {
      throw new DataException(where + ": expected an image and its class");
    }
    return new Entry(where, image.strip(), label.strip());
  }

  /// The fields of one line by RFC 4180; a field cannot continue on the next line.
  private static List<String> fields(Path file, int number, String line, char separator) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"' && (quoted || field.isEmpty())) {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new DataException(
          "%s line %d: a quoted field does not end in its line".formatted(file, number + 1));
    }
    fields.add(field.toString());
    return fields;
  }
}
