import { useEffect, useState } from 'preact/hooks';
import { type ExampleName, exampleNames, type ImageSource } from '../backend/backend.js';
import { openExample, openFiles } from '../state/actions.js';
import { backend, opening } from '../state/studio.js';
import { words } from '../words.js';
import { FileButton } from './file-button.js';
import { PictureCanvas } from './picture-canvas.js';

/** The page before there is a picture. */
export function Start() {
  return (
    <div class="start">
      <h1>{words.headline}</h1>
      <p class="lead">{words.lead}</p>
      <h2>{words.examples}</h2>
      <div class="examples">
        {exampleNames.map((name) => (
          <Example key={name} name={name} />
        ))}
      </div>
      <h2>{words.own}</h2>
      <div class="drop">
        <p>
          {words.dropHere} <FileButton class="primary" label={words.choose} several onFiles={(files) => openFiles(files)} />
        </p>
        <p class="note">{words.formats}</p>
      </div>
      {opening.value && <p role="status">{words.opening}</p>}
    </div>
  );
}

function Example({ name }: { readonly name: ExampleName }) {
  const [image, setImage] = useState<ImageSource['image']>();
  useEffect(() => {
    backend.value
      ?.open({ example: name })
      .then(({ source }) => source.kind === 'image' && setImage(source.image))
      .catch(() => {}); // told when it is chosen
  }, [name]);
  return (
    <button type="button" class="example" onClick={() => openExample(name)}>
      <span class="thumbnail">{image && <PictureCanvas image={image} range={name === 'slice' ? [-0.16, 0.26] : [-1, 1]} />}</span>
      <span>
        <strong>{words.exampleTitle[name]}</strong>
        <small>{words.exampleText[name]}</small>
      </span>
    </button>
  );
}
