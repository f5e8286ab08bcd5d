// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.picture;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.data.image.RawImage;
import dev.quench.io.AtomicFile;
import dev.quench.metric.classification.TopClasses;
import dev.quench.metric.detection.Detection;
import dev.quench.metric.drawing.PngFile;
import dev.quench.metric.text.Polygon;
import dev.quench.pipeline.picture.ClassLabels;
import dev.quench.pipeline.picture.PictureAnswer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Prints what a model sees in a picture.
///
/// @param root takes the answer for machines
public record PictureOutput(QuenchCommand command, ObjectNode root) {
  private static final String DRAWING = ".png";
  private static final String WORDS = ".txt";

  /// Whether an output names a file and not a folder.
  public static boolean isFile(Path output) {
    return isNamed(output, DRAWING) || isNamed(output, WORDS);
  }

  private static boolean isNamed(Path output, String suffix) {
    return String.valueOf(output.getFileName()).toLowerCase(Locale.ROOT).endsWith(suffix);
  }

  /// Prints the answer, and puts it into `root`.
  public void print(PictureAnswer answer) {
    lines(answer).forEach(command::say);
    if (labels(answer).filter(each -> each.names().isEmpty()).isPresent()) {
      command.note(
          "note: the model does not name its classes; --labels FILE does, one name a line");
    }
    switch (answer) {
      case PictureAnswer.Classes classes -> json(classes);
      case PictureAnswer.Objects objects -> json(objects);
      case PictureAnswer.Segments segments -> json(segments);
      case PictureAnswer.TextLine(String text) -> root.put("text", text);
      case PictureAnswer.TextRegions(List<Polygon> regions) -> json(regions);
    }
  }

  private static Optional<ClassLabels> labels(PictureAnswer answer) {
    return switch (answer) {
      case PictureAnswer.Classes classes -> Optional.of(classes.labels());
      case PictureAnswer.Objects objects -> Optional.of(objects.labels());
      case PictureAnswer.Segments segments -> Optional.of(segments.labels());
      case PictureAnswer.TextLine _, PictureAnswer.TextRegions _ -> Optional.empty();
    };
  }

  /// Writes the drawing, or the lines that are printed.
  ///
  /// @throws IOException if the file cannot be written
  public static void write(Path file, PictureAnswer answer, RawImage image, QuenchCommand command)
      throws IOException {
    if (isNamed(file, WORDS)) {
      AtomicFile.writeString(file, String.join("\n", lines(answer)) + "\n");
    } else {
      Optional<BufferedImage> drawn = answer.drawn(image);
      if (drawn.isEmpty()) {
        throw new CommandException(
            file
                + ": this answer is words alone, nothing to draw; name a .txt file, or leave -o out");
      }
      PngFile.write(file, drawn.get());
    }
    command.note("written: " + file);
  }

  private static List<String> lines(PictureAnswer answer) {
    return switch (answer) {
      case PictureAnswer.Classes(var best, var labels) -> {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", best.softmax() ? "softmax" : "score"));
        for (TopClasses.Scored each : best.classes()) {
          rows.add(List.of(labels.name(each.index()), Text.format("%.2f %%", 100 * each.score())));
        }
        yield Text.table(1, rows);
      }
      case PictureAnswer.Objects(var found, var labels) -> {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("object", "score", "left", "top", "right", "bottom"));
        for (Detection each : found) {
          rows.add(
              List.of(
                  labels.name(each.classIndex()),
                  Text.format("%.1f %%", 100 * each.score()),
                  Text.format("%.0f", each.box().x1()),
                  Text.format("%.0f", each.box().y1()),
                  Text.format("%.0f", each.box().x2()),
                  Text.format("%.0f", each.box().y2())));
        }
        yield found.isEmpty() ? List.of("no objects") : Text.table(1, rows);
      }
      case PictureAnswer.Segments segments -> {
        long all = segments.pixels().values().stream().mapToLong(Long::longValue).sum();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", "pixels", "share"));
        segments.pixels().entrySet().stream()
            .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
            .forEach(each ->
                rows.add(
                    List.of(
                        segments.labels().name(each.getKey()),
                        Text.format("%,d", each.getValue()),
                        Text.format("%.1f %%", 100.0 * each.getValue() / all))));
        yield Text.table(1, rows);
      }
      case PictureAnswer.TextLine(String text) -> List.of(text);
      case PictureAnswer.TextRegions(List<Polygon> regions) -> {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < regions.size(); i++) {
          StringBuilder line = new StringBuilder("text ").append(i + 1).append(':');
          regions
              .get(i)
              .corners()
              .forEach(corner -> line.append(Text.format(" (%.0f, %.0f)", corner.x(), corner.y())));
          lines.add(line.toString());
        }
        yield lines.isEmpty() ? List.of("no text") : lines;
      }
    };
  }

  private void json(PictureAnswer.Classes answer) {
    root.put("softmax", answer.best().softmax());
    ArrayNode list = root.putArray("classes");
    answer
        .best()
        .classes()
        .forEach(each ->
            list.addObject()
                .put("index", each.index())
                .put("name", answer.labels().name(each.index()))
                .put("score", each.score()));
  }

  private void json(PictureAnswer.Objects answer) {
    ArrayNode list = root.putArray("objects");
    for (Detection each : answer.found()) {
      ObjectNode node = list.addObject();
      node.put("index", each.classIndex())
          .put("name", answer.labels().name(each.classIndex()))
          .put("score", each.score());
      node.putArray("box")
          .add(each.box().x1())
          .add(each.box().y1())
          .add(each.box().x2())
          .add(each.box().y2());
    }
  }

  private void json(PictureAnswer.Segments answer) {
    ArrayNode list = root.putArray("segments");
    answer
        .pixels()
        .forEach((index, pixels) ->
            list.addObject()
                .put("index", index)
                .put("name", answer.labels().name(index))
                .put("pixels", pixels));
  }

  private void json(List<Polygon> regions) {
    ArrayNode list = root.putArray("regions");
    for (Polygon region : regions) {
      ArrayNode corners = list.addArray();
      region.corners().forEach(corner -> corners.addArray().add(corner.x()).add(corner.y()));
    }
  }
}
