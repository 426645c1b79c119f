import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import cat from "../../cat.jpg?url";
import { SaliencyMap } from "./SaliencyMap.tsx";

function App() {
  const [photo, setPhoto] = useState<Blob | URL>(new URL(cat, location.href));
  return (
    <>
      <p>
        <label>
          Photo: <input type="file" accept="image/*" onChange={({ target }) => target.files?.[0] && setPhoto(target.files[0])} />
        </label>
      </p>
      <SaliencyMap photo={photo} />
    </>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
