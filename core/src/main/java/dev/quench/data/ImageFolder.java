// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Finds labelled images in a folder. Names are compared by code unit, so that the order is the
/// same everywhere; hidden files and files of other kinds are passed over.
public final class ImageFolder {
  private ImageFolder() {}

  /// Opens a folder of images without labels, or one with a sub-folder for each class.
  ///
  /// The index of a class is the line of its folder's name in `classes.txt` of the folder, if there
  /// is such a file; else the name itself if all are numbers; else its place in the sorted names.
  ///
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the folder cannot be read
  /// @throws DataException if there is no image, an empty class, or a class that is not listed
  public static ImageDataset open(Path folder, Preprocessing preprocessing, String inputName)
      throws IOException {
    List<Path> loose = images(folder);
    List<Path> classes = folders(folder);
    List<String> names = NameList.classes(folder);
    List<LabelledFile> files = new ArrayList<>();
    if (!loose.isEmpty()) {
      for (Path subfolder : classes) {
        if (!images(subfolder).isEmpty()) {
          throw new DataException(
              "%s holds images of its own and more in %s; put all into one folder a class, or all into one folder"
                  .formatted(folder, subfolder.getFileName()));
        }
      }
      for (Path file : loose) {
        files.add(new LabelledFile(file, new LabelledFile.Label.None()));
      }
      return ImageDataset.of(
          folder.toString(), new LabelledFiles(files, names), preprocessing, inputName);
    }
    boolean numbered = classes.stream().allMatch(ImageFolder::isNumber);
    for (int place = 0; place < classes.size(); place++) {
      Path subfolder = classes.get(place);
      List<Path> images = images(subfolder);
      if (images.isEmpty()) {
        throw new DataException(
            subfolder + " holds no image; fill or remove it: each sub-folder is a class");
      }
      int index =
          !names.isEmpty()
              ? listed(folder, subfolder, names)
              : numbered ? Integer.parseInt(name(subfolder)) : place;
      for (Path image : images) {
        files.add(new LabelledFile(image, new LabelledFile.Label.OfClass(index)));
      }
    }
    List<String> known =
        !names.isEmpty() || numbered ? names : classes.stream().map(ImageFolder::name).toList();
    return ImageDataset.of(
        folder.toString(), new LabelledFiles(files, known), preprocessing, inputName);
  }

  /// Opens `images/` and `masks/` of a folder: a mask has its image's name but for the suffix, and
  /// its size. Names of classes stand in `classes.txt`, one a line, if anywhere.
  ///
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the folder cannot be read
  /// @throws DataException if there is no image, or image and mask do not pair
  public static ImageDataset openSegmentation(
      Path folder, Preprocessing preprocessing, String inputName) throws IOException {
    List<Path> images = images(folder.resolve("images"));
    List<Path> masks = images(folder.resolve("masks"));
    List<LabelledFile> files = new ArrayList<>();
    int mask = 0;
    for (Path image : images) {
      if (mask < masks.size() && stem(masks.get(mask)).compareTo(stem(image)) < 0) {
        throw new DataException(masks.get(mask) + " has no image of its name in images/");
      }
      if (mask == masks.size() || !stem(masks.get(mask)).equals(stem(image))) {
        throw new DataException(
            "%s has no mask; expected masks/%s.png".formatted(image, stem(image)));
      }
      files.add(new LabelledFile(image, new LabelledFile.Label.MaskIn(masks.get(mask))));
      mask++;
    }
    if (mask < masks.size() && !images.isEmpty()) {
      throw new DataException(masks.get(mask) + " has no image of its name in images/");
    }
    return ImageDataset.of(
        folder.toString(),
        new LabelledFiles(files, NameList.classes(folder)),
        preprocessing,
        inputName);
  }

  /// Opens a list of images with the text that is written in each: lines `image<TAB>text` in UTF-8,
  /// images by their path from the folder of the list.
  ///
  /// @param list such a file, or a folder with one that is called `labels.txt`
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the list cannot be read
  /// @throws DataException naming the line that has another form or names no file of the folder
  public static ImageDataset openTexts(Path list, Preprocessing preprocessing, String inputName)
      throws IOException {
    Path file = Files.isDirectory(list) ? list.resolve("labels.txt") : list;
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          file + ": there is no such file; expected lines of an image, a tab and its text");
    }
    Path folder = file.toAbsolutePath().normalize().resolveSibling("");
    List<LabelledFile> files = new ArrayList<>();
    int number = 0;
    for (String line : NameList.lines(file)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      int tab = line.indexOf('\t');
      String where = file + " line " + number;
      if (tab <= 0) {
        throw new DataException(where + ": expected an image, a tab and its text");
      }
      Path image = within(where, folder, line.substring(0, tab));
      files.add(new LabelledFile(image, new LabelledFile.Label.Text(line.substring(tab + 1))));
    }
    return ImageDataset.of(
        file.toString(), new LabelledFiles(files, List.of()), preprocessing, inputName);
  }

  /// The file of a name that a list gives, which must not lead out of the folder.
  ///
  /// @throws DataException if it does, or there is no such file
  static Path within(String where, Path folder, String name) {
    Path root = folder.toAbsolutePath().normalize();
    Path file;
    try {
      file = root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new DataException(where + ": '" + name + "' is no file name", e);
    }
    if (!file.startsWith(root)) {
      throw new DataException(where + ": '" + name + "' leads out of the folder " + root);
    }
    if (!Files.isRegularFile(file)) {
      throw new DataException(where + ": there is no file '" + name + "' in " + root);
    }
    return file;
  }

  private static List<Path> images(Path folder) throws IOException {
    return sorted(folder, file -> ImageFile.isNamedLikeAnImage(file) && Files.isRegularFile(file));
  }

  private static List<Path> folders(Path folder) throws IOException {
    return sorted(folder, file -> !name(file).startsWith(".") && Files.isDirectory(file));
  }

  private static List<Path> sorted(Path folder, Predicate<Path> wanted) throws IOException {
    if (!Files.exists(folder)) {
      throw new DataException(folder + ": there is no such folder; check the name");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(wanted)
          .sorted(Comparator.comparing(ImageFolder::stem).thenComparing(ImageFolder::name))
          .toList();
    } catch (NotDirectoryException e) {
      throw new DataException(folder + ": is a file, expected a folder", e);
    }
  }

  private static int listed(Path folder, Path subfolder, List<String> names) {
    int index = names.indexOf(name(subfolder));
    if (index < 0) {
      throw new DataException(
          "%s: its name is not among the %d classes of %s"
              .formatted(subfolder, names.size(), folder.resolve("classes.txt")));
    }
    return index;
  }

  private static boolean isNumber(Path folder) {
    String name = name(folder);
    return name.length() <= 6
        && !name.isEmpty()
        && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String stem(Path file) {
    String name = name(file);
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }
}
